import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThanOrEqual, MoreThan, Not } from 'typeorm';
import { Transactions } from '../database/transactions.js';
import { Clock } from '../shared/clock.js';
import { JobLeaseEntity } from './job-lease.entity.js';

/** Which process runs a job. Any number of them may ask; a conditional UPDATE decides. */
@Injectable()
export class JobLeasesRepository {
  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** True: the job is `token`'s until `leaseMs` from now. False: somebody else has it. */
  claim(name: string, token: string, leaseMs: number): Promise<boolean> {
    return this.transactions.run(async () => {
      const { manager } = this.transactions;
      const now = this.clock.now();
      const row = { name, token: null, untilMs: 0 };
      await manager.createQueryBuilder().insert().into(JobLeaseEntity).values(row).orIgnore().execute();
      const free = [
        { name, token: IsNull() },
        { name, untilMs: LessThanOrEqual(now) },
      ];
      const { affected } = await manager
        .createQueryBuilder()
        .update(JobLeaseEntity)
        .set({ token, untilMs: now + leaseMs })
        .where(free)
        .execute();
      return affected === 1;
    });
  }

  /** False: the lease is lost, the work must stop. */
  renew(name: string, token: string, leaseMs: number): Promise<boolean> {
    return this.transactions.run(async () => {
      const { affected } = await this.transactions.manager.update(
        JobLeaseEntity,
        { name, token },
        { untilMs: this.clock.now() + leaseMs },
      );
      return affected === 1;
    });
  }

  isAnyHeld(names: readonly string[]): Promise<boolean> {
    return this.transactions.read(() =>
      this.transactions.manager.existsBy(JobLeaseEntity, {
        name: In([...names]),
        token: Not(IsNull()),
        untilMs: MoreThan(this.clock.now()),
      }),
    );
  }

  /** Gives the lease back; one that was lost stays its new holder's. */
  async release(name: string, token: string): Promise<void> {
    await this.transactions.run(() =>
      this.transactions.manager.update(JobLeaseEntity, { name, token }, { token: null, untilMs: 0 }),
    );
  }
}
