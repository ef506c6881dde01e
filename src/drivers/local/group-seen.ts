import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SOCKET_NAME } from '@bay/protocol';
import type { GroupSeen, GroupState, MemberSeen } from '../driver.js';
import type { Cgroups } from './cgroups.js';
import type { GroupRecord } from './group-record.js';
import type { LocalPaths } from './local-paths.js';
import { lookUp, readProc } from './process-identity.js';

export interface SeenGround {
  readonly paths: LocalPaths;
  readonly cgroups: Cgroups;
  readonly bootId: string;
}

/** From the record and `/proc`: a few small files, no process. */
export const seeGroup = (ground: SeenGround, record: GroupRecord | null): GroupSeen => {
  if (record === null || record.bootId !== ground.bootId) return { state: 'absent', members: [] };
  const members = record.members.map((_, index) => seeMember(ground, record, index));
  return { state: groupState(members), members };
};

const groupState = (members: readonly MemberSeen[]): GroupState => {
  const all = (state: MemberSeen['state']): boolean => members.every((member) => member.state === state);
  if (all('absent')) return 'absent';
  if (all('created')) return 'created';
  return all('running') ? 'running' : 'broken';
};

const seeMember = ({ paths, cgroups }: SeenGround, record: GroupRecord, index: number): MemberSeen => {
  const { sessionId } = record.labels;
  const { name = '', processes = null } = record.members[index] ?? {};
  const { runDir, status } = paths.member(sessionId, index);
  const seen = { name, exitCode: null, outOfMemory: false, endpoint: null };
  if (!existsSync(runDir)) return { ...seen, state: 'absent' };
  if (record.phase === 'created' || record.phase === 'starting') return { ...seen, state: 'created' };

  const stat = processes && lookUp(processes.agent);
  if (stat?.state === 'T') return { ...seen, state: 'paused' };
  if (stat) return { ...seen, state: 'running', endpoint: { kind: 'unix', path: join(runDir, SOCKET_NAME) } };
  const exitCode = parseExitCode(readProc(status) ?? '');
  return { ...seen, state: 'exited', exitCode, outOfMemory: cgroups.ranOutOfMemory(sessionId, index) };
};

/** The last of the JSON lines that bwrap wrote; none when bwrap was killed itself. */
export const parseExitCode = (status: string): number | null => {
  const code = /"exit-code": (\d+)/.exec(status)?.[1];
  return code === undefined ? null : Number(code);
};
