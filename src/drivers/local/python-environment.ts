import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { BayError } from '../../shared/errors.js';
import { TOOL_ENVIRONMENT } from './host-tools.js';

/** What of the host a sandbox needs to run the interpreter. */
export interface PythonEnvironment {
  readonly python: string;
  /** Goes first on PATH. */
  readonly bin: string;
  /** Directories to show read-only at their own path: the environment, and the installation that it is based on. */
  readonly directories: readonly string[];
}

const FACTS = v.object({ version: v.string(), prefixes: v.array(v.string()) });
const ASK =
  'import json, sys; print(json.dumps({"version": "%d.%d" % sys.version_info[:2], ' +
  '"prefixes": [sys.prefix, sys.base_prefix, sys.base_exec_prefix]}))';
const ASK_WITHIN_MS = 10_000;
const MOST_LINKS = 20;

/** Always there, from the host's /usr. */
const SYSTEM = ['/', '/usr', '/usr/local'];
/** Showing one of these whole would show far more than a Python. */
const TOO_MUCH = ['/home', '/root', '/etc', '/var', '/opt', '/tmp', '/run', '/srv', '/mnt', '/media'];

export const readPythonEnvironment = async (python: string, dataDir: string): Promise<PythonEnvironment> => {
  const { version, prefixes } = await ask(python);
  const linked = interpreterLinks(python)
    .map((path) => dirname(dirname(path)))
    .filter((prefix) => existsSync(join(prefix, 'lib', `python${version}`)));
  const directories = [...new Set([...prefixes, ...linked])].filter((prefix) => !SYSTEM.includes(prefix));
  const tooMuch = directories.find((prefix) => isTooMuch(prefix, dataDir));
  if (tooMuch) {
    throw unusable(python, `Its installation is all of ${tooMuch}, which a sandbox must not see.`);
  }
  return { python, bin: dirname(python), directories };
};

const ask = async (python: string): Promise<v.InferOutput<typeof FACTS>> => {
  try {
    const options = { env: TOOL_ENVIRONMENT, timeout: ASK_WITHIN_MS, maxBuffer: 64 * 1024 };
    const { stdout } = await promisify(execFile)(python, ['-I', '-c', ASK], options);
    return v.parse(FACTS, JSON.parse(stdout));
  } catch (error) {
    throw unusable(python, 'It is missing or does not run.', error);
  }
};

const unusable = (python: string, why: string, cause?: unknown): BayError =>
  new BayError(
    'driver_unavailable',
    `The local driver cannot use the Python interpreter ${python}. ${why} \`./bay up\` installs one; driver.local_python names another.`,
    { cause, details: { python } },
  );

export const isTooMuch = (prefix: string, dataDir: string): boolean =>
  TOO_MUCH.includes(prefix) || !relative(prefix, dataDir).startsWith('..');

/** The interpreter and each path that it is a link to, one link after the other. */
const interpreterLinks = (python: string): string[] => {
  const paths = [python];
  for (let path = python; paths.length <= MOST_LINKS && lstatSync(path).isSymbolicLink(); paths.push(path)) {
    path = resolve(dirname(path), readlinkSync(path));
  }
  return paths;
};
