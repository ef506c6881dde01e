import { execFile } from 'node:child_process';
import { constants, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { BayError } from '../../shared/errors.js';
import { isAtLeast, OLDEST_BWRAP, type BwrapVersion, type SandboxHost } from './bwrap-args.js';
import { findTool, isAccessible, TOOL_ENVIRONMENT } from './host-tools.js';
import type { LocalPaths } from './local-paths.js';
import { readPythonEnvironment } from './python-environment.js';
import { readLayout, writeEtcFiles } from './sandbox-layout.js';
import { seccompFilter } from './seccomp-filter.js';

/** What was found on this machine, once. */
export interface LocalHost {
  readonly bwrap: string;
  /** Null: sandboxes have no way out, for the reason in `noSlirp`. */
  readonly slirp: string | null;
  readonly noSlirp: string | null;
  /** The filter that sandboxes get; null on a machine whose system calls are not known. */
  readonly seccompFile: string | null;
  readonly sandbox: SandboxHost;
}

export interface HostOptions {
  /** Interpreter with IPython. */
  readonly python: string;
  /** Directory of the agent's bundle, `ship.js` or `ship.mjs` in it. */
  readonly shipBundleDir: string;
}

const VERSION_WITHIN_MS = 10_000;
const TUN = '/dev/net/tun';

/** Throws `driver_unavailable` with what to do. */
export const readHost = async ({ python, shipBundleDir }: HostOptions, paths: LocalPaths): Promise<LocalHost> => {
  if (process.platform !== 'linux') {
    throw unavailable(
      `The local driver needs Linux with bubblewrap, and this is ${process.platform}. Use a Docker engine.`,
    );
  }
  const bwrap = requireTool('bwrap', 'bubblewrap');
  const bwrapVersion = await readBwrapVersion(bwrap);
  const setpriv = process.getuid?.() === 0 ? requireTool('setpriv', 'util-linux') : null;
  const shipEntry = findShipEntry(shipBundleDir);
  const environment = await readPythonEnvironment(python, paths.dataDir);
  mkdirSync(paths.dataDir, { recursive: true });
  writeEtcFiles(paths.etc);
  return {
    bwrap,
    ...findSlirp(),
    seccompFile: writeSeccompFilter(paths),
    sandbox: {
      setpriv,
      bwrapVersion,
      prlimit: findTool('prlimit'),
      // As root all sandboxes have one uid and no user namespace: a number would be shared by all.
      limitsProcesses: setpriv === null && isAtLeast(readKernelVersion(), [5, 14]),
      layout: readLayout({
        etcDir: paths.etc,
        node: process.execPath,
        shipBundleDir,
        pythonDirectories: environment.directories,
      }),
      python: environment.python,
      pythonBin: environment.bin,
      shipEntry,
    },
  };
};

const requireTool = (tool: string, debianPackage: string): string => {
  const path = findTool(tool);
  if (path) return path;
  throw unavailable(
    `The local driver needs ${tool}, which is not installed. Install it: \`sudo apt-get install ${debianPackage}\` or \`sudo dnf install ${debianPackage}\`.`,
  );
};

const readBwrapVersion = async (bwrap: string): Promise<BwrapVersion> => {
  const options = { env: TOOL_ENVIRONMENT, timeout: VERSION_WITHIN_MS };
  const { stdout } = await promisify(execFile)(bwrap, ['--version'], options);
  const version = parseVersion(stdout);
  if (isAtLeast(version, OLDEST_BWRAP)) return version;
  throw unavailable(
    `The local driver needs bubblewrap ${OLDEST_BWRAP.join('.')} or later; ${bwrap} is ${version.join('.')}.`,
  );
};

const readKernelVersion = (): BwrapVersion => parseVersion(release());

const parseVersion = (text: string): BwrapVersion => {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major), Number(minor)];
};

export const isShipEntry = (name: string): boolean => /^ship\.[mc]?js$/.test(name);

const findShipEntry = (directory: string): string => {
  const entry = existsSync(directory) ? readdirSync(directory).find(isShipEntry) : undefined;
  if (entry) return entry;
  throw unavailable(`The agent's bundle is not in ${directory}. Build it: \`npm run build:ship\`.`);
};

const writeSeccompFilter = (paths: LocalPaths): string | null => {
  const filter = seccompFilter(process.arch);
  if (filter === null) return null;
  const temporary = `${paths.seccomp}.${process.pid}`;
  writeFileSync(temporary, filter, { mode: 0o600 });
  renameSync(temporary, paths.seccomp);
  return paths.seccomp;
};

const findSlirp = (): Pick<LocalHost, 'slirp' | 'noSlirp'> => {
  const slirp = findTool('slirp4netns');
  if (!slirp) return { slirp: null, noSlirp: 'slirp4netns is not installed.' };
  if (isAccessible(TUN, constants.R_OK | constants.W_OK)) return { slirp, noSlirp: null };
  return { slirp: null, noSlirp: `slirp4netns needs ${TUN}, which this user may not open or which is missing.` };
};

export const unavailable = (message: string, cause?: unknown): BayError =>
  new BayError('driver_unavailable', message, { cause });
