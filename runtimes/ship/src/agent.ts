import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { executionRoutes } from './executions/routes.js';
import { ExecutionRegistry } from './executions/registry.js';
import { fileRoutes } from './files/routes.js';
import { removeStaleUploads } from './files/uploads.js';
import { Authorization } from './http/authorization.js';
import { listen } from './http/listen.js';
import { createAgentServer } from './http/server.js';
import { FifoPool } from './processes/fifo-pool.js';
import { Launcher } from './processes/launch.js';
import { killMarked } from './processes/process-tree.js';
import { Interpreter } from './python/interpreter.js';
import { sessionRoutes } from './session/routes.js';
import { Session } from './session/session.js';
import { type Settings } from './settings.js';
import { ShellRunner } from './shell/shell-runner.js';

const HOUSEKEEPING_MS = 60_000;
const CLOSE_DEADLINE_MS = 1_500;

/** What the build put together. */
export interface AgentParts {
  version: string;
  /** `start.py` of the Python host. */
  hostScript: string;
}

/** A running agent. */
export interface Agent {
  /** Ends all that it started. Resolves within two seconds. */
  close(): Promise<void>;
}

/** Starts Python and the server side by side; resolves when it listens. */
export async function startAgent(settings: Settings, { version, hostScript }: AgentParts): Promise<Agent> {
  const { fifoDir, spillDir } = prepareStateDir(settings.stateDir);
  const session = new Session();
  const launcher = new Launcher(new FifoPool(fifoDir), settings.path);
  const python = new Interpreter(settings, hostScript, session, launcher);
  const shell = new ShellRunner(settings, session, launcher);
  const registry = new ExecutionRegistry({ python, shell }, spillDir);
  python.start();
  const server = createAgentServer({
    authorization: new Authorization(settings.secret),
    isInitialized: () => session.isInitialized,
    routes: [
      ...sessionRoutes({
        session,
        version,
        workspace: settings.workspace,
        pythonStatus: () => python.status,
        onInit: () => python.deliverInit(),
      }),
      ...executionRoutes(registry),
      ...fileRoutes(settings.workspace),
    ],
  });
  await removeStaleUploads(settings.workspace);
  await listen(server, settings.listen);
  const housekeeping = setInterval(() => registry.dropOld(), HOUSEKEEPING_MS);
  return {
    async close() {
      clearInterval(housekeeping);
      server.close();
      const ended = registry.running().map((execution) => execution.ended);
      python.close();
      killMarked(session.markPrefix);
      await Promise.race([Promise.all(ended), new Promise((resolve) => setTimeout(resolve, CLOSE_DEADLINE_MS))]);
      server.closeAllConnections();
      rmSync(settings.stateDir, { recursive: true, force: true });
    },
  };
}

/** What an agent before this one left there is of no use. */
function prepareStateDir(stateDir: string): { fifoDir: string; spillDir: string } {
  rmSync(stateDir, { recursive: true, force: true });
  const fifoDir = join(stateDir, 'pipes');
  const spillDir = join(stateDir, 'spill');
  for (const directory of [fifoDir, spillDir]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { fifoDir, spillDir };
}
