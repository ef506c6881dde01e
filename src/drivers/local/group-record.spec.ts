import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroupRecords, type GroupRecord } from './group-record.js';
import { LocalPaths } from './local-paths.js';

const record = (sessionId: string, installationId = 'inst'): GroupRecord => ({
  version: 1,
  installationId,
  labels: { sessionId, sandboxId: 'sandbox-1', workspaceId: 'ws-1', profileId: 'p' },
  volume: 'ws-1',
  egress: 'none',
  createdAtMs: 1,
  bootId: 'boot',
  phase: 'created',
  members: [],
});

describe('group records', () => {
  let directory: string;
  let paths: LocalPaths;
  let records: GroupRecords;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bay-test-'));
    paths = new LocalPaths(directory);
    records = new GroupRecords(paths, 'inst');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('are not there before the first', () => {
    expect(records.find('s-1')).toBeNull();
    expect(records.list()).toEqual([]);
    records.remove('s-1');
  });

  it('are inserted once and then replaced', () => {
    expect(records.insert(record('s-1'))).toBe(true);
    expect(records.insert({ ...record('s-1'), phase: 'started' })).toBe(false);
    expect(records.find('s-1')).toEqual(record('s-1'));
    records.update({ ...record('s-1'), phase: 'stopped' });
    expect(records.list()).toEqual([{ ...record('s-1'), phase: 'stopped' }]);
  });

  it("keep another installation's apart", () => {
    new GroupRecords(paths, 'another').insert(record('s-1', 'another'));
    expect(records.find('s-1')).toBeNull();
    expect(records.list()).toEqual([]);
    expect(records.isAnothers('s-1')).toBe(true);
    expect(records.isAnothers('s-2')).toBe(false);
  });

  it('drop what a loss of power left of one', () => {
    records.insert(record('s-1'));
    writeFileSync(paths.record('s-1'), '{"version":1,');
    expect(records.find('s-1')).toBeNull();
    expect(records.insert(record('s-1'))).toBe(true);
  });

  it('take half-written files along', () => {
    records.insert(record('s-1'));
    writeFileSync(join(paths.groups, 's-1.x.tmp'), '');
    records.remove('s-1');
    expect(readdirSync(paths.groups)).toEqual([]);
  });

  it('never lead out of their directory', () => {
    expect(() => records.find('../../etc/passwd')).toThrow('unknown form');
  });
});
