import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { containersOf, openDocker } from '../support/left-behind.js';
import { type MeasuredBay } from './bay.js';

const MIB = 2 ** 20;
const SAMPLE_EVERY_MS = 25;

/** Resident memory of a process, MiB: all of it, or without files and what is shared. */
export function residentMib(pid: number, part: 'VmRSS' | 'RssAnon' = 'VmRSS'): number {
  const kib = new RegExp(`^${part}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Anonymous memory of all that runs in a sandbox's cgroup, MiB: what page cache and shared code do not blur. */
export async function anonymousMib(bay: MeasuredBay, sandboxId: string): Promise<() => number> {
  const pid = bay.driver === 'local' ? localPid(bay.dataDir, sandboxId) : await containerPid(sandboxId);
  const file = memoryStat(pid);
  return () => {
    const bytes = /^(?:total_rss|anon) (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return Number(bytes) / MIB;
  };
}

async function containerPid(sandboxId: string): Promise<number> {
  const [container] = await containersOf(sandboxId);
  return (
    await openDocker()
      .getContainer(container?.Id ?? '')
      .inspect()
  ).State.Pid;
}

function localPid(dataDir: string, sandboxId: string): number {
  const groups = join(dataDir, 'local', 'groups');
  const records = readdirSync(groups)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(groups, name), 'utf8')) as LocalRecord);
  const pid = records.find(({ labels }) => labels.sandboxId === sandboxId)?.members[0]?.processes?.agent.pid;
  if (pid === undefined) throw new Error(`${sandboxId} has no running process.`);
  return pid;
}

interface LocalRecord {
  readonly labels: { readonly sandboxId: string };
  readonly members: readonly { readonly processes: { readonly agent: { readonly pid: number } } | null }[];
}

/** `4:memory:/docker/<id>` of version 1, `0::/system.slice/…` of version 2. */
function memoryStat(pid: number): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
  const first = lines.find((line) => line.split(':')[1]?.split(',').includes('memory'));
  const path = (first ?? lines.find((line) => line.startsWith('0::')))?.split(':').slice(2).join(':') ?? '';
  if (path === '' || path === '/') throw new Error('The sandbox has no memory cgroup of its own here.');
  return join('/sys/fs/cgroup', first ? 'memory' : '', path, 'memory.stat');
}

/** How far each figure rises above what it was before `work`, sampled while it runs. */
export async function growthDuring(looks: readonly (() => number)[], work: () => Promise<unknown>): Promise<number[]> {
  const before = looks.map((look) => look());
  const most = [...before];
  const sampling = new AbortController();
  const sampler = (async () => {
    while (!sampling.signal.aborted) {
      looks.forEach((look, index) => (most[index] = Math.max(most[index] ?? 0, look())));
      await delay(SAMPLE_EVERY_MS);
    }
  })();
  try {
    await work();
  } finally {
    sampling.abort();
    await sampler;
  }
  return most.map((value, index) => value - (before[index] ?? 0));
}
