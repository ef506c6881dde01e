import { Inject, Injectable } from '@nestjs/common';
import { type Driver } from '../drivers/driver.js';
import { DRIVER } from '../drivers/driver.token.js';
import { Metrics } from '../telemetry/metrics.js';
import { Tracing } from '../telemetry/tracing.js';

/** In their order; `total` is the whole, from the volume to the noted endpoint. */
export type StartPhase = 'volume' | 'group' | 'start' | 'agent' | 'init' | 'total';

/** How long the parts of a start take, and how starts end. */
@Injectable()
export class StartMetrics {
  constructor(
    @Inject(DRIVER) private readonly driver: Pick<Driver, 'name'>,
    private readonly metrics: Metrics,
    private readonly tracing: Tracing,
  ) {}

  /** Does the work; counts its time if it works: how long a failure takes is its deadline, which says nothing. */
  async phase<T>(phase: StartPhase, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await this.tracing.span(`start.${phase}`, { 'bay.driver': this.driver.name }, work);
    this.metrics.startPhase(this.driver.name, phase, performance.now() - begun);
    return result;
  }

  /** `ok`, or the code of what kept it from working. */
  ended(outcome: string): void {
    this.metrics.startEnded(this.driver.name, outcome);
  }
}
