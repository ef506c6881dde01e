import { BayError } from '../../shared/errors.js';
import type { GroupSpec } from '../driver.js';

const HOSTNAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const VARIABLE = /^[^=\0]+$/;

/** Names become hostnames. Options reach bwrap with NUL between them: one inside a value would be an option of its own. */
export const checkSpec = ({ members }: GroupSpec): void => {
  const names = new Set(members.map(({ name }) => name));
  if (members.length === 0 || names.size !== members.length) throw invalid('A group needs members with a name each.');
  for (const { name, env } of members) {
    if (!HOSTNAME.test(name))
      throw invalid(`A member's name is its hostname, and ${JSON.stringify(name)} cannot be one.`);
    const wrong = Object.entries(env).find(([key, value]) => !VARIABLE.test(key) || value.includes('\0'));
    if (wrong)
      throw invalid(`The variable ${JSON.stringify(wrong[0])} of member ${name} holds what no environment can.`);
  }
};

const invalid = (message: string): BayError => new BayError('validation_error', message);
