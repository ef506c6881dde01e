import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.js';
import { installCommand } from '../install-hint.js';
import { Step } from '../output.js';
import { REQUIREMENTS } from '../paths.js';
import { lastLines, runCommand } from '../run-command.js';

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** A sandbox sees /usr and not the home of whoever runs Bay: interpreters there come first. */
const SEEN_IN_SANDBOX = ['/usr/bin/', ''];
const INSTALL_TIMEOUT_MS = 20 * 60_000;

interface Python {
  readonly path: string;
  readonly version: string;
  readonly hasVenv: boolean;
  readonly hasEnsurepip: boolean;
}

const DESCRIBE =
  'import sys,importlib.util as u,json;' +
  'print(json.dumps([sys.version_info[0],sys.version_info[1],sys.base_prefix,bool(u.find_spec("venv")),bool(u.find_spec("ensurepip"))]))';

/**
 * Makes the environment of the local driver: IPython and what `runtimes/ship/requirements.txt` names. Done again only when
 * that file changes. An interrupted run leaves no stamp, so the next one starts over.
 */
export const ensureLocalPython = async (dir: string): Promise<void> => {
  const stamp = join(dir, 'requirements.sha256');
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(join(dir, 'bin/python')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;

  const python = await findPython();
  const step = new Step(`preparing Python ${python.version} for local sandboxes`);
  try {
    await makeEnvironment(python, dir, (line) => step.detail(line));
  } catch (error) {
    step.failed();
    throw error;
  }
  writeFileSync(stamp, hash);
  step.done();
};

const makeEnvironment = async (python: Python, dir: string, onLine: (line: string) => void): Promise<void> => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dirname(dir), { recursive: true, mode: 0o700 });
  const own = join(dir, 'bin/python');
  const run = async (what: string, program: string, args: readonly string[]): Promise<void> => {
    const result = await runCommand(program, args, { timeoutMs: INSTALL_TIMEOUT_MS, onLine, env: pythonEnv() });
    if (result.code !== 0) throw new Failure(`${what} failed.`, lastLines(result.output, 12));
  };
  await run('Making the Python environment', python.path, [
    '-m',
    'venv',
    ...(python.hasEnsurepip ? [] : ['--without-pip']),
    dir,
  ]);
  const pip = python.hasEnsurepip ? [own, '-m', 'pip'] : [python.path, '-m', 'pip', '--python', own];
  const [program = own, ...pipArgs] = pip;
  await run('Installing the Python packages', program, [
    ...pipArgs,
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '-r',
    REQUIREMENTS,
  ]);
  // Without bytecode each start of a sandbox would compile IPython again. A few packages carry files that do not compile.
  await runCommand(own, ['-m', 'compileall', '-q', '-j', '0', join(dir, 'lib')], {
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: pythonEnv(),
  });
};

/** Variables of the caller's own environments would lead the new one astray. */
const pythonEnv = (): NodeJS.ProcessEnv => {
  const env = { ...process.env };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PYTHONDONTWRITEBYTECODE', 'VIRTUAL_ENV', 'PIP_USER'])
    delete env[name];
  return env;
};

/** The first interpreter of 3.10 or newer that can make environments; what is missing is named with its command. */
const findPython = async (): Promise<Python> => {
  const found: Python[] = [];
  for (const dir of SEEN_IN_SANDBOX) {
    for (const name of CANDIDATES) {
      const python = await describe(dir + name);
      if (python?.hasVenv && python.hasEnsurepip) return python;
      if (python) found.push(python);
    }
  }
  for (const python of found) if (python.hasVenv && (await hasPip(python))) return python;
  const [first] = found;
  if (first) {
    throw new Failure(`Python ${first.version} is here, but not its venv module.`, [
      `Install it: ${installCommand({ apt: 'python3-venv', dnf: 'python3', brew: 'python' })}`,
    ]);
  }
  throw new Failure('Local sandboxes need Python 3.10 or newer, and none was found.', [
    `Install it: ${installCommand({ apt: 'python3 python3-venv', dnf: 'python3', brew: 'python' })}`,
  ]);
};

const describe = async (program: string): Promise<Python | undefined> => {
  const result = await runCommand(program, ['-c', DESCRIBE], { timeoutMs: 10_000, env: pythonEnv() });
  if (result.code !== 0) return undefined;
  const [major, minor, , hasVenv, hasEnsurepip] = JSON.parse(result.output) as [
    number,
    number,
    string,
    boolean,
    boolean,
  ];
  if (major !== 3 || minor < 10) return undefined;
  return { path: program, version: `${major}.${minor}`, hasVenv, hasEnsurepip };
};

/** An outside pip can install into an environment that has none, from its version 22.3 on. */
const hasPip = async (python: Python): Promise<boolean> => {
  const result = await runCommand(python.path, ['-m', 'pip', '--version'], { timeoutMs: 10_000, env: pythonEnv() });
  const [, major = '0'] = /^pip (\d+)/.exec(result.output) ?? [];
  return result.code === 0 && Number(major) >= 23;
};
