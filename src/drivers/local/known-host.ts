import { existsSync } from 'node:fs';
import { tryHost } from './host-trial.js';
import { readHost, type HostOptions, type LocalHost } from './local-host.js';
import type { LocalPaths } from './local-paths.js';
import { orAborted } from './waiting.js';

/** Tries the machine once and remembers what worked. A failure is not remembered: the next caller tries again. */
export class KnownHost {
  private readonly closing = new AbortController();
  private tried: Promise<LocalHost> | null = null;
  private last: LocalHost | null = null;

  constructor(
    private readonly options: HostOptions,
    private readonly paths: LocalPaths,
  ) {}

  /** Callers at the same time share one trial; an abort ends only the caller's own wait. */
  async get(signal: AbortSignal): Promise<LocalHost> {
    signal.throwIfAborted();
    if (this.last && !isStillThere(this.last, this.options)) this.tried = null;
    this.tried ??= this.try();
    return orAborted(this.tried, signal);
  }

  async close(): Promise<void> {
    this.closing.abort(new Error('The driver was closed.'));
    await this.tried?.catch(() => undefined);
  }

  private async try(): Promise<LocalHost> {
    try {
      this.last = await tryHost(await readHost(this.options, this.paths), this.paths, this.closing.signal);
      return this.last;
    } catch (error) {
      this.tried = null;
      throw error;
    }
  }
}

const isStillThere = ({ bwrap, sandbox }: LocalHost, { python, shipBundleDir }: HostOptions): boolean =>
  [bwrap, python, `${shipBundleDir}/${sandbox.shipEntry}`].every((path) => existsSync(path));
