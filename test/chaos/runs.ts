import { type BayServer } from '../support/bay-server.js';
import { eventually } from '../support/eventually.js';

const FILE = 'runs.txt';

/** A line of Python that leaves a mark in the workspace each time that it runs. */
export const NOTE_RUN = `with open('${FILE}', 'a') as runs: print('run', file=runs)`;

export const countRuns = async (bay: BayServer, id: string): Promise<number> =>
  (await bay.client.read(id, FILE)).split('\n').filter((line) => line === 'run').length;

/** Waits until the line has run for the first time. */
export async function hasRun(bay: BayServer, id: string): Promise<void> {
  await eventually(
    () =>
      bay.client.call<{ content?: string }>('GET', `/v1/sandboxes/${id}/filesystem/files`, { query: { path: FILE } }),
    ({ body }) => body.content === 'run\n',
  );
}
