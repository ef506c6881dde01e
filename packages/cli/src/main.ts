import { enableCompileCache } from 'node:module';

// Before the imports that it is for: hence these are dynamic.
enableCompileCache();
const { makeProgram } = await import('./program.js');
const { Failure } = await import('./failure.js');
const { red, say } = await import('./output.js');

try {
  await makeProgram().parseAsync();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  say(red(`bay: ${error.message}`));
  for (const hint of error.hints) say(`     ${hint}`);
  process.exitCode = error.exitCode;
}
