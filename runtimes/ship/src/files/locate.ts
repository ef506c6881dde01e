import { mkdir, readlink, realpath } from 'node:fs/promises';
import { AgentError } from '../http/errors.js';
import { Directory } from './directory.js';
import { errnoOf } from './file-errors.js';
import { below } from './workspace-path.js';

/** As the kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;
/** Bounds the work of links that lead up and down again; PATH_MAX allows 2048 segments. */
const MAX_STEPS = 8192;

/** Where something lies or would lie: an entry of an open directory. The name is `.` for the workspace itself. */
export interface Place {
  readonly directory: Directory;
  readonly name: string;
}

export interface LocateOptions {
  /** False to get a symbolic link itself where the last segment is one. Default true. */
  readonly followLast?: boolean;
  /** Makes the directories on the way that are missing. Default false. */
  readonly makeParents?: boolean;
}

/**
 * Walks from the workspace to `segments` and hands the place to `use`, which must not keep it. Each directory is opened
 * in the one before it without following links; a link is read, and its target walked the same way from where it lies.
 * So nothing outside the workspace is ever opened, even if user code moves things around during the walk. The last
 * entry need not exist, and may become a link afterwards: `use` opens it with O_NOFOLLOW.
 *
 * @throws AgentError `path_outside_workspace` when a link leads out; errors of the system as they are
 */
export async function at<T>(
  workspace: string,
  segments: readonly string[],
  options: LocateOptions,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const walk = new Walk(workspace, segments, options);
  try {
    return await use(await walk.run());
  } finally {
    await walk.close();
  }
}

class Walk {
  private here: Directory | undefined;
  /** The real names from the workspace to `here`. */
  private trail: string[] = [];
  private pending: string[];
  private links = 0;

  constructor(
    private readonly workspace: string,
    segments: readonly string[],
    private readonly options: LocateOptions,
  ) {
    this.pending = [...segments];
  }

  async run(): Promise<Place> {
    let here = await this.restart();
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const name = this.pending.shift();
      if (name === undefined) return { directory: here, name: '.' };
      if (name === '.' || name === '') continue;
      if (name === '..') {
        here = await this.climb();
        continue;
      }
      const target = this.pending.length > 0 ? await this.descend(here, name) : await this.last(here, name);
      if (target === 'arrived') return { directory: here, name };
      if (target instanceof Directory) {
        await this.move(target);
        here = target;
        this.trail.push(name);
      } else {
        here = await this.follow(here, target.link);
      }
    }
    throw new AgentError('path_invalid', 'The path is too long to walk.');
  }

  async close(): Promise<void> {
    await this.here?.close();
    this.here = undefined;
  }

  private async move(to: Directory): Promise<Directory> {
    const from = this.here;
    this.here = to;
    await from?.close();
    return to;
  }

  private async restart(): Promise<Directory> {
    this.trail = [];
    return this.move(await Directory.open(this.workspace));
  }

  /** Goes up by walking down again: the parent of an open directory may have moved out of the workspace. */
  private async climb(): Promise<Directory> {
    if (this.trail.length === 0) throw outside(this.workspace);
    this.pending = [...this.trail.slice(0, -1), '.', ...this.pending];
    return this.restart();
  }

  private async last(here: Directory, name: string): Promise<'arrived' | { link: string }> {
    if (this.options.followLast === false) return 'arrived';
    const link = await linkTarget(here, name);
    return link === undefined ? 'arrived' : { link };
  }

  private async descend(here: Directory, name: string): Promise<Directory | { link: string }> {
    try {
      return await here.enter(name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' && this.options.makeParents) return makeAndEnter(here, name);
      if (errnoOf(error) !== 'ENOTDIR' && errnoOf(error) !== 'ELOOP') throw error;
      const link = await linkTarget(here, name);
      if (link === undefined) throw error;
      return { link };
    }
  }

  private async follow(here: Directory, target: string): Promise<Directory> {
    if (++this.links > MAX_LINKS)
      throw new AgentError('path_invalid', 'The path leads through too many symbolic links.');
    const segments = target.startsWith('/') ? await this.inside(target) : target.split('/');
    this.pending = [...segments, ...this.pending];
    return target.startsWith('/') ? this.restart() : here;
  }

  private async inside(target: string): Promise<string[]> {
    const segments = below(this.workspace, target) ?? below(await realpath(this.workspace), target);
    if (!segments) throw outside(this.workspace);
    return segments;
  }
}

async function makeAndEnter(here: Directory, name: string): Promise<Directory> {
  try {
    await mkdir(here.entry(name));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  return here.enter(name);
}

/** The target of a symbolic link; undefined for anything else and for nothing. */
async function linkTarget(directory: Directory, name: string): Promise<string | undefined> {
  try {
    return await readlink(directory.entry(name));
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EINVAL' || code === 'ENOENT') return undefined;
    throw error;
  }
}

const outside = (workspace: string): AgentError =>
  new AgentError('path_outside_workspace', `A symbolic link in the path leads out of ${workspace}.`);
