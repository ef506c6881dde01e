import { type TestedDriver } from '../support/engines.js';
import { type MeasuredBay } from './bay.js';
import { type Figure } from './figures.js';

/** A subject of the benchmark. It removes every sandbox that it makes. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly drivers: readonly TestedDriver[];
  /** For its Bay, beside what all have. */
  readonly env?: Readonly<Record<string, string>>;
  /** Reports each figure as soon as it has it. */
  measure(bay: MeasuredBay, report: (figure: Figure) => void): Promise<void>;
}
