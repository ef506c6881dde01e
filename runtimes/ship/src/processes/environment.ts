import { delimiter, dirname } from 'node:path';
import { AgentError } from '../http/errors.js';
import { type Settings } from '../settings.js';
import { MARK } from './process-tree.js';

type Environment = Record<string, string>;

/**
 * Environment of what the agent starts. Built from nothing: the agent's own holds where its secret lies.
 * The mark comes last, so that no caller replaces it.
 */
export function childEnvironment(settings: Settings, mark: string, ...given: Environment[]): Environment {
  const python = dirname(settings.python);
  const path = settings.path.split(delimiter).includes(python)
    ? settings.path
    : `${python}${delimiter}${settings.path}`;
  const base: Environment = {
    PATH: path,
    HOME: settings.workspace,
    USER: 'shipyard',
    LOGNAME: 'shipyard',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
  };
  return Object.assign(base, ...given, { [MARK]: mark }) as Environment;
}

/** @throws AgentError `invalid_request` for what no process can be given */
export function checkEnvironment(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (!/^[^=\0]+$/.test(name) || value.includes('\0')) {
      throw new AgentError('invalid_request', `env: '${name}' cannot be an environment variable.`);
    }
  }
}
