import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { startAgent } from './agent.js';
import { readSettings } from './settings.js';

/** Put in by the build. */
declare const SHIP_VERSION: string;

// V8 would let its nursery grow to 48 MiB under load and keep it, for objects that all die young here. Taken at the next
// growth, so it works at run time, too.
setFlagsFromString('--semi-space-growth-factor=1');

async function main(): Promise<void> {
  const agent = await startAgent(readSettings(process.env), {
    version: SHIP_VERSION,
    hostScript: join(__dirname, 'python', 'start.py'),
  });
  const stop = (): void => void agent.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  console.error(`ship: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
