// A PostgreSQL of the tests' own. Plain JavaScript: Jest loads its global set-up without the suites' module mapping.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;
/** Tests need no row to survive a power cut, and many connections. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_connections: '300',
  shared_buffers: '64MB',
  listen_addresses: '',
};

/** The newest of Debian's directories, or wherever PATH finds it; null where there is none. */
export function findPostgres() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const dirs = [...versions.map((version) => join(root, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)];
  return dirs.find((dir) => existsSync(join(dir, 'initdb')) && existsSync(join(dir, 'postgres'))) ?? null;
}

/** Why the suites on PostgreSQL cannot run here; null when they can. */
export function postgresAbsence() {
  if (process.env.BAY_TEST_POSTGRES_URL || findPostgres()) return null;
  return "neither BAY_TEST_POSTGRES_URL nor PostgreSQL's own programs are there (Debian: apt-get install postgresql)";
}

/** Starts one that answers on a socket of its own only; `stop` leaves nothing. */
export async function startCluster() {
  const bin = findPostgres();
  if (!bin) throw new Error(postgresAbsence() ?? 'There is no PostgreSQL.');
  // Short: the socket's path may have 107 bytes.
  const dir = mkdtempSync(join(tmpdir(), 'bay-pg-'));
  const user = ordinaryUser();
  if (user) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const initdb = ['-D', data, '-U', 'bay', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  try {
    run(user, join(bin, 'initdb'), initdb);
    const settings = { ...SETTINGS, unix_socket_directories: dir };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(...as(user, join(bin, 'postgres'), ['-D', data, ...options], true), {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = [];
    server.stderr.setEncoding('utf8').on('data', (chunk) => {
      said.push(chunk);
      said.splice(0, said.length - 50);
    });
    const ended = new Promise((resolve) => server.once('exit', resolve).once('error', resolve));
    const stop = async () => {
      server.ref();
      // Immediately: nobody needs these rows.
      server.kill('SIGQUIT');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    };
    await answers(user, { bin, dir, server, said }).catch(async (error) => {
      await stop();
      throw error;
    });
    // What it says later is of no use, and must not keep Jest.
    server.stderr.unref();
    server.unref();
    return { url: `postgresql://bay@localhost/postgres?host=${encodeURIComponent(dir)}`, dir, stop };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

async function answers(user, { bin, dir, server, said }) {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline;) {
    if (server.exitCode !== null) break;
    try {
      run(user, join(bin, 'pg_isready'), ['-q', '-h', dir]);
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error(`PostgreSQL did not start:\n${said.join('')}`);
}

/** PostgreSQL refuses root: its own user then, else nobody. */
function ordinaryUser() {
  if (userInfo().uid !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is no other user.');
}

const run = (user, program, args) =>
  execFileSync(...as(user, program, args, false), { stdio: 'pipe', cwd: '/', env: { ...process.env, LC_ALL: 'C' } });

/** With util-linux it ends with this process, however that ends. */
function as(user, program, args, endsWithParent) {
  const flags = [
    ...(user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : []),
    ...(endsWithParent && process.platform === 'linux' ? ['--pdeathsig=QUIT'] : []),
  ];
  return flags.length === 0 ? [program, args] : ['setpriv', [...flags, '--', program, ...args]];
}
