import { readdirSync, readFileSync } from 'node:fs';
import { type ApiClient } from './api-client.js';

/** What a process holds. */
export interface ProcessUse {
  readonly threads: number;
  readonly descriptors: number;
  /** Memory of its own, bytes. */
  readonly memory: number;
}

/** Of a process of this machine; Linux only. */
export function processUse(pid: number): ProcessUse {
  return {
    ...parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8')),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/**
 * Of the agent and of Python in a sandbox, as a command in there sees them: it has their uid, and numbers of its own for
 * processes.
 */
export async function sandboxUse(client: ApiClient, id: string): Promise<{ agent: ProcessUse; python: ProcessUse }> {
  const look = [
    'for p in /proc/[0-9]*; do',
    '  line=$(tr "\\0" " " < $p/cmdline 2>/dev/null)',
    '  case "$line" in',
    '    *node*ship.*js*) name=agent;; *python*start.py*) name=python;; *) continue;;',
    '  esac',
    '  case "$line" in *tini*|*bwrap*) continue;; esac',
    '  echo "=$name $(ls $p/fd | wc -l)"; grep -E "^(Threads|RssAnon):" $p/status',
    'done',
  ].join('\n');
  const { output } = await client.shell(id, look);
  const found = new Map(
    output
      .split('=')
      .slice(1)
      .map((part) => {
        const [, name = '', descriptors = ''] = /^(\w+) (\d+)/.exec(part) ?? [];
        return [name, { ...parseStatus(part), descriptors: Number(descriptors) }];
      }),
  );
  const [agent, python] = [found.get('agent'), found.get('python')];
  if (!agent || !python || found.size !== 2) throw new Error(`These are not agent and Python:\n${output}`);
  return { agent, python };
}

function parseStatus(status: string): Pick<ProcessUse, 'threads' | 'memory'> {
  const threads = Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1]);
  const memory = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  return { threads, memory };
}
