import { Clock } from '../../src/shared/clock.js';

/** Stands still until the test moves it. */
export class ManualClock extends Clock {
  constructor(private time = Date.UTC(2026, 0, 1)) {
    super();
  }

  now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}
