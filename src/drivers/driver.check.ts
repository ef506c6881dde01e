import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Readiness } from '../health/readiness.js';
import { type Driver } from './driver.js';
import { DRIVER } from './driver.token.js';

/** Bay is ready when its engine answers. */
@Injectable()
export class DriverCheck implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    @Inject(DRIVER) private readonly driver: Driver,
  ) {}

  onModuleInit(): void {
    this.readiness.register('driver', (signal) => this.driver.probe(signal));
  }
}
