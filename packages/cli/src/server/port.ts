import { createServer } from 'node:net';
import { Failure } from '../failure.js';
import { runCommand } from '../run-command.js';

/** Throws when something listens on the port, naming it where the system tells. */
export const checkPortFree = async (port: number): Promise<void> => {
  const problem = await tryListening(port);
  if (problem === undefined) return;
  if (problem === 'EACCES') {
    throw new Failure(`This user may not listen on port ${port}.`, ['Choose one above 1023: ./bay up --port 8114']);
  }
  const holder = await whoListens(port);
  throw new Failure(`Port ${port} is taken${holder ? ` by ${holder}` : ''}.`, [
    `Choose another one: ./bay up --port ${port + 1}`,
    ...(holder?.includes('node')
      ? ['If it is a Bay of another data directory, stop it with that BAY_DATA_DIR: ./bay down']
      : []),
  ]);
};

const tryListening = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(undefined)));
  });

/** `node (process 1234)`; undefined where neither ss nor lsof can tell. */
const whoListens = async (port: number): Promise<string | undefined> => {
  const ss = await runCommand('ss', ['-H', '-ltnp', `sport = :${port}`], { timeoutMs: 3000 });
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(ss.output) ?? [];
  if (name) return `${name} (process ${pid})`;
  const lsof = await runCommand('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeoutMs: 3000 });
  const [, lsofPid] = /^p(\d+)$/m.exec(lsof.output) ?? [];
  const [, command] = /^c(.+)$/m.exec(lsof.output) ?? [];
  return lsofPid ? `${command ?? 'a program'} (process ${lsofPid})` : undefined;
};

/** A port that nothing listens on at this moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
