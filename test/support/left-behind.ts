import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import Docker from 'dockerode';
import { parseMarker } from '../../src/drivers/local/marker.js';
import { DOCKER_HOST, type TestedDriver } from './engines.js';

/** One Bay as seen from outside of it. */
export interface Installation {
  readonly driver: TestedDriver;
  readonly dataDir: string;
  /** Null while there is no database. */
  readonly id: string | null;
}

/** Names that a data directory's `run/` keeps while no sandbox is there. */
const SERVER_FILES = /^(bay\.json|served\.json|lock\.db(-journal|-wal|-shm)?)$/;

export const openDocker = (): Docker =>
  new Docker(DOCKER_HOST.startsWith('unix://') ? { socketPath: DOCKER_HOST.slice('unix://'.length) } : undefined);

/** The id that labels all that the Bay of this data directory makes. */
export function installationOf(dataDir: string): string | null {
  const file = join(dataDir, 'bay.db');
  if (!existsSync(file)) return null;
  const database = new Database(file, { readonly: true });
  try {
    return (database.prepare('SELECT id FROM installation').get() as { id: string } | undefined)?.id ?? null;
  } finally {
    database.close();
  }
}

/** All that belongs to sandboxes of an installation, on the engine and in its data directory, one line each. */
export async function findLeftBehind(installation: Installation): Promise<string[]> {
  const found = installation.driver === 'local' ? findProcesses(installation) : await findObjects(installation);
  return [...found.map(({ line }) => line), ...findFiles(installation.dataDir)];
}

/** The installation's network, one for all its sandboxes, which goes when its Bay stops. */
export async function findNetworks({ driver, id }: Installation): Promise<string[]> {
  return driver === 'local' || id === null ? [] : (await listNetworks(id)).map(({ Name }) => `network ${Name}`);
}

/** Takes away what a failed test left, so that the next one starts clean. */
export async function removeLeftBehind(installation: Installation): Promise<void> {
  if (installation.driver === 'docker-host') {
    for (const object of await findObjects(installation)) await object.remove();
    for (const { Id } of installation.id === null ? [] : await listNetworks(installation.id)) {
      await openDocker().getNetwork(Id).remove();
    }
    return;
  }
  for (const { pid } of findProcesses(installation)) killIfThere(pid);
}

/** Containers of one sandbox, running or not. */
export function containersOf(sandboxId: string): Promise<Docker.ContainerInfo[]> {
  return openDocker().listContainers({ all: true, filters: { label: [`bay.sandbox_id=${sandboxId}`] } });
}

interface FoundObject {
  readonly line: string;
  remove(): Promise<unknown>;
}

async function findObjects({ id }: Installation): Promise<FoundObject[]> {
  if (id === null) return [];
  const docker = openDocker();
  const filters = labelled(id);
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  return [
    ...containers.map(({ Id, Names, State }) => ({
      line: `container ${Names.join(' ')} (${State})`,
      remove: () => docker.getContainer(Id).remove({ force: true }),
    })),
    ...(Volumes ?? []).map(({ Name }) => ({
      line: `volume ${Name}`,
      remove: () => docker.getVolume(Name).remove({ force: true }),
    })),
  ];
}

const labelled = (id: string) => ({ label: [`bay.installation=${id}`] });

const listNetworks = (id: string) => openDocker().listNetworks({ filters: labelled(id) });

/**
 * Processes of local sandboxes, whoever their parents are: they carry the installation's mark, or see a part of its data
 * directory in a mount namespace of their own.
 */
export function findProcesses({ id, dataDir }: Installation): { pid: number; line: string }[] {
  const ownNamespace = readlinkSync('/proc/self/ns/mnt');
  // Mounts name a directory from the root of its file system: what is unique in the path decides.
  const unique = `/${basename(dirname(dataDir))}/${basename(dataDir)}/`;
  const isOurs = (pid: string): boolean => {
    if (parseMarker(readProc(pid, 'environ').split('\0'))?.installationId === id) return true;
    return namespaceOf(pid) !== ownNamespace && readProc(pid, 'mountinfo').includes(unique);
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map((pid) => ({ pid: Number(pid), line: `process ${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ')}` }));
}

function findFiles(dataDir: string): string[] {
  const places = ['run', 'local/groups', 'local/workspaces'];
  return places.flatMap((place) =>
    namesIn(join(dataDir, place))
      .filter((name) => place !== 'run' || !SERVER_FILES.test(name))
      .map((name) => `file ${place}/${name}`),
  );
}

const namesIn = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

/** Empty for a process that has ended meanwhile or is not ours to look at. */
export function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function namespaceOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    // Ended, or another user's.
    return null;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
