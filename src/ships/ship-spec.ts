import { parseBytes } from '../shared/units.js';
import { ShipError } from './ship-errors.js';
import { type ShipSpecDto } from './ship.dto.js';

/** What a ship may use; null: what is configured. */
export interface ShipResources {
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  readonly diskMb: number | null;
}

const MIB = 2 ** 20;
/** The published server raises what is below to these: an agent with Python does not start in less. */
const LEAST_MEMORY = 128 * MIB;
const LEAST_DISK = 100 * MIB;
/** The largest that a cargo may have, MiB. */
const MOST_DISK_MB = 65_536;

/**
 * Reads the units of the older API, where `m` is always MiB: never the thousandth of a byte that Kubernetes would take it
 * for, because what goes on is a number of bytes. Throws the published server's words for what it cannot read.
 */
export function readSpec(spec: ShipSpecDto | null): ShipResources {
  const memoryBytes = read(spec?.memory ?? null, 'memory', LEAST_MEMORY);
  const diskBytes = read(spec?.disk ?? null, 'disk', LEAST_DISK);
  return {
    cpus: spec?.cpus ?? null,
    memoryBytes,
    diskMb: diskBytes === null ? null : Math.min(Math.ceil(diskBytes / MIB), MOST_DISK_MB),
  };
}

function read(written: string | null, what: 'memory' | 'disk', least: number): number | null {
  if (written === null) return null;
  const bytes = parseBytes(written);
  if (bytes !== undefined) return Math.max(bytes, least);
  const name = what === 'memory' ? 'Invalid memory format' : 'Invalid disk format';
  throw new ShipError(500, `${name}: ${written}. Write it as 512m, 512Mi, 1g, 1Gi or in bytes.`);
}
