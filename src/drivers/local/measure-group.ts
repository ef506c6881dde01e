import { type GroupUsage } from '../driver.js';
import { sumUsage } from '../sum-usage.js';
import { type Cgroups } from './cgroups.js';
import { type GroupRecord } from './group-record.js';
import { isAlive } from './process-identity.js';
import { usageOfTree } from './process-usage.js';

interface Ground {
  readonly bootId: string;
  readonly cgroups: Cgroups;
}

/** By the kernel's groups where they count it, else process by process. Null: nothing of it runs. */
export function measureGroup({ bootId, cgroups }: Ground, record: GroupRecord | null): GroupUsage | null {
  if (record?.bootId !== bootId) return null;
  const members = record.members.map(({ processes }, index): GroupUsage | null => {
    if (!processes || !isAlive(processes.init)) return null;
    const counted = cgroups.usage(record.labels.sessionId, index);
    const looked = counted.memoryBytes === null || counted.cpuSec === null ? usageOfTree(processes.init.pid) : null;
    return {
      memoryBytes: counted.memoryBytes ?? looked?.memoryBytes ?? 0,
      cpuSec: counted.cpuSec ?? looked?.cpuSec ?? 0,
    };
  });
  return sumUsage(members);
}
