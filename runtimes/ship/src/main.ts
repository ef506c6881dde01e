import { join } from 'node:path';
import { startAgent } from './agent.js';
import { readSettings } from './settings.js';

/** Put in by the build. */
declare const SHIP_VERSION: string;

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
