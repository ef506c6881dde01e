import { Logger } from '@nestjs/common';
import pLimit from 'p-limit';
import { BayError } from '../shared/errors.js';
import { type JobReport } from './job.js';

/** What a sweep does at the same time: it is the safety net and leaves the engine to the calls that wait. */
const PARALLEL = 4;

const logger = new Logger('Sweep');

/**
 * Cleans each of `due`, a few at a time, until `signal` aborts. `clean` tells whether there was anything left to do. One that
 * fails keeps none of the others from its turn.
 */
export async function sweep<T>(
  due: readonly T[],
  signal: AbortSignal,
  clean: (one: T) => Promise<boolean>,
): Promise<JobReport> {
  let [cleaned, skipped] = [0, 0];
  const errors: string[] = [];
  const limit = pLimit(PARALLEL);
  const cleanOne = async (one: T): Promise<void> => {
    if (signal.aborted) return void (skipped += 1);
    try {
      if (await clean(one)) cleaned += 1;
      else skipped += 1;
    } catch (error) {
      errors.push(sentenceOf(error));
      if (!signal.aborted) logger.error({ err: error }, 'Something could not be cleaned up.');
    }
  };
  await Promise.all(due.map((one) => limit(() => cleanOne(one))));
  return { cleaned, skipped, errors };
}

/** For whoever asked for the sweep; what nobody foresaw stays in the log. */
export const sentenceOf = (error: unknown): string =>
  error instanceof BayError ? error.message : 'It failed inside Bay. The log says more.';
