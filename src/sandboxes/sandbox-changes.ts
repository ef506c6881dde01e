import { Injectable } from '@nestjs/common';

/**
 * Tells those who wait in this process that a sandbox's row has changed. A hint only: the row is the truth, and whoever
 * waits also looks again by himself, since another replica may have written.
 */
@Injectable()
export class SandboxChanges {
  private readonly waiting = new Map<string, Set<() => void>>();

  notify(sandboxId: string): void {
    for (const wake of this.waiting.get(sandboxId) ?? []) wake();
  }

  /** Starts listening now, so that nothing between a look at the row and the wait is missed. */
  listen(sandboxId: string): ChangeListener {
    const listener = new ChangeListener((wake) => this.remove(sandboxId, wake));
    const wakes = this.waiting.get(sandboxId) ?? new Set();
    wakes.add(listener.wake);
    this.waiting.set(sandboxId, wakes);
    return listener;
  }

  private remove(sandboxId: string, wake: () => void): void {
    const wakes = this.waiting.get(sandboxId);
    wakes?.delete(wake);
    if (wakes?.size === 0) this.waiting.delete(sandboxId);
  }
}

export class ChangeListener {
  private changed = false;
  private resume: (() => void) | null = null;

  readonly wake = (): void => {
    this.changed = true;
    this.resume?.();
  };

  constructor(private readonly onClose: (wake: () => void) => void) {}

  /** Returns at the next change, or after `atMostMs`. */
  async next(atMostMs: number): Promise<void> {
    if (!this.changed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, atMostMs);
        this.resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.changed = false;
    this.resume = null;
  }

  close(): void {
    this.onClose(this.wake);
  }
}
