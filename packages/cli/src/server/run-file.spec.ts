import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DataPaths, dataPaths } from '../paths.js';
import { findRunningServer } from './run-file.js';

describe('finding the server of a data directory', () => {
  let data: DataPaths;
  beforeEach(() => {
    data = dataPaths(mkdtempSync(join(tmpdir(), 'bay-run-')));
    mkdirSync(dirname(data.runFile));
  });
  afterEach(() => rmSync(data.dir, { recursive: true }));

  const write = (content: string): void => writeFileSync(data.runFile, content);

  it('finds none where none has been', () => {
    expect(findRunningServer(data)).toBeUndefined();
  });

  it.each(['', '{"pid": 12', '[]', 'null', '{"url": "http://127.0.0.1:1"}'])('does not believe %j', (content) => {
    write(content);
    expect(findRunningServer(data)).toBeUndefined();
  });

  it('does not believe the file of a server that is gone', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    write(JSON.stringify({ pid, url: 'http://127.0.0.1:1', port: 1, host: '127.0.0.1', started_at_ms: 1 }));
    expect(findRunningServer(data)).toBeUndefined();
  });

  it('does not take another program that has the number now for the server', () => {
    write(JSON.stringify({ pid: 1, url: 'http://127.0.0.1:1', port: 1, host: '127.0.0.1', started_at_ms: 1 }));
    if (process.platform === 'linux') expect(findRunningServer(data)).toBeUndefined();
  });
});
