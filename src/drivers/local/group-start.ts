import { chownSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_NAME } from '@bay/protocol';
import { BayError } from '../../shared/errors.js';
import type { GroupSpec } from '../driver.js';
import type { GroupRecord, GroupRecords } from './group-record.js';
import { endGroup } from './group-end.js';
import { launchMember, type LaunchGround } from './member-launch.js';
import { readTail } from './member-log.js';
import type { LocalPaths } from './local-paths.js';
import { isAlive } from './process-identity.js';
import { removeTree } from './remove-tree.js';
import { SANDBOX_UID } from './sandbox-user.js';

const TOLD_LOG_BYTES = 2000;

/** The members' run directories with their secrets. Only while nothing of the group has ever run: nobody else writes there. */
export const prepareGroup = async (paths: LocalPaths, { labels, members }: GroupSpec): Promise<void> => {
  const run = paths.run(labels.sessionId);
  await removeTree(run);
  mkdirSync(run, { recursive: true, mode: 0o700 });
  members.forEach(({ secret }, index) => {
    const { runDir } = paths.member(labels.sessionId, index);
    const draft = join(run, `${SECRET_NAME}.${index}`);
    mkdirSync(runDir, { mode: 0o700 });
    writeFileSync(draft, secret, { mode: 0o400 });
    if (process.getuid?.() === 0) [runDir, draft].forEach((path) => chownSync(path, SANDBOX_UID, SANDBOX_UID));
    // Last: a secret that is there tells `isPrepared` that it is whole and its owner's.
    renameSync(draft, join(runDir, SECRET_NAME));
  });
};

export const isPrepared = (paths: LocalPaths, { labels, members }: GroupSpec): boolean =>
  members.every((_, index) => existsSync(join(paths.member(labels.sessionId, index).runDir, SECRET_NAME)));

export interface StartGround extends LaunchGround {
  readonly records: GroupRecords;
  readonly installationId: string;
  readonly bootId: string;
}

/**
 * Starts every member. The record says `starting` before the first process exists and `started` with their identities
 * after the last one runs; what a Bay that died in between left is ended first.
 */
export const startGroup = async (ground: StartGround, sessionId: string, signal: AbortSignal): Promise<void> => {
  const { records, paths, bootId } = ground;
  const record = records.find(sessionId);
  if (record === null || record.bootId !== bootId) throw startFailed('The session no longer exists.');
  if (record.phase === 'started' && record.members.every(({ processes }) => processes && isAlive(processes.agent)))
    return;
  if (record.phase === 'started' || record.phase === 'stopped') {
    throw startFailed('The session has ended, and one that has ended is not started again.');
  }
  if (!existsSync(paths.run(sessionId))) throw startFailed("The session's directory is gone.");
  if (!existsSync(paths.files(record.volume))) throw startFailed('The workspace does not exist.');
  if (record.phase === 'starting') await endGroup(ground, record, 0, signal);

  records.update({ ...record, phase: 'starting' });
  try {
    const processes = await launchAll(ground, record, signal);
    const members = record.members.map((member, index) => ({ ...member, processes: processes[index] ?? null }));
    records.update({ ...record, phase: 'started', members });
  } catch (error) {
    await endGroup(ground, record, 0, AbortSignal.timeout(5_000));
    records.update(record.phase === 'starting' ? { ...record, phase: 'created' } : record);
    signal.throwIfAborted();
    const said = record.members.map((_, index) => readTail(paths.member(sessionId, index).log, TOLD_LOG_BYTES));
    throw startFailed('The sandbox did not start.', { cause: new Error(said.join('\n'), { cause: error }) });
  }
};

/** All settle, so that none starts behind the clean-up after another one's failure. */
const launchAll = async (ground: StartGround, record: GroupRecord, signal: AbortSignal) => {
  const settled = await Promise.allSettled(
    record.members.map((_, index) => launchMember(ground, record, index, signal)),
  );
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason as Error;
    return result.value;
  });
};

const startFailed = (message: string, options: { cause?: unknown } = {}): BayError =>
  new BayError('start_failed', message, options);
