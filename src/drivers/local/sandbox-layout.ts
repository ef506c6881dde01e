import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ETC_FILES } from './sandbox-user.js';

/** One thing of the host that every sandbox sees. */
export type LayoutEntry =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string }
  | { readonly kind: 'link'; readonly target: string; readonly path: string };

const bind = (source: string, target = source): LayoutEntry => ({ kind: 'bind', source, target });

/** On merged systems links into /usr, elsewhere directories. */
const ROOTS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** Certificates but no keys, names but no accounts, nothing that an administrator writes secrets into. */
const ETC = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'debian_version',
  'fonts',
  'host.conf',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'magic',
  'mime.types',
  'os-release',
  'pki/ca-trust',
  'pki/tls/cert.pem',
  'pki/tls/certs',
  'pki/tls/openssl.cnf',
  'protocols',
  'services',
  'ssl/cert.pem',
  'ssl/certs',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
];

export const SHIP_DIR = '/opt/ship';
export const NODE_PATH = '/opt/node/bin/node';

export interface LayoutSources {
  readonly etcDir: string;
  readonly node: string;
  readonly shipBundleDir: string;
  readonly pythonDirectories: readonly string[];
}

/** What is the same in every sandbox, read from this host once. */
export const readLayout = (sources: LayoutSources): LayoutEntry[] => [
  bind('/usr'),
  ...ROOTS.filter((path) => existsSync(path)).map(rootEntry),
  ...ETC.map((name) => `/etc/${name}`)
    .filter((path) => existsSync(path))
    .map((path) => bind(path)),
  ...Object.keys(ETC_FILES)
    .filter((name) => !name.startsWith('resolv.'))
    .map((name) => bind(join(sources.etcDir, name), `/etc/${name}`)),
  ...sources.pythonDirectories.map((path) => bind(path)),
  bind(sources.node, NODE_PATH),
  bind(sources.shipBundleDir, SHIP_DIR),
];

const rootEntry = (path: string): LayoutEntry =>
  lstatSync(path).isSymbolicLink() ? { kind: 'link', target: readlinkSync(path), path } : bind(path);

/** Readable for the sandbox's user whatever umask Bay runs with. */
export const writeEtcFiles = (etcDir: string): void => {
  mkdirSync(etcDir, { recursive: true, mode: 0o755 });
  for (const [name, content] of Object.entries(ETC_FILES)) {
    const path = join(etcDir, name);
    writeFileSync(`${path}.${process.pid}`, content);
    chmodSync(`${path}.${process.pid}`, 0o644);
    renameSync(`${path}.${process.pid}`, path);
  }
};
