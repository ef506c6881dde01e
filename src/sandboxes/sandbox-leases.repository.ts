import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { type Sandbox } from './sandbox.js';
import { SandboxEntity } from './sandbox.entity.js';

export interface Lease {
  readonly sandboxId: string;
  readonly token: string;
}

/** What a lease holder writes: observations, never intent. */
export type Observation = Partial<
  Pick<
    Sandbox,
    | 'observedState'
    | 'observedGeneration'
    | 'sessionId'
    | 'agentVersion'
    | 'failureCode'
    | 'failureMessage'
    | 'idleExpiresAt'
    | 'lastActiveAt'
  >
>;

/** The lease lies in the row that it protects; every write names the token, so that a holder who lost it writes nothing. */
@Injectable()
export class SandboxLeasesRepository {
  constructor(private readonly transactions: Transactions) {}

  async acquire(lease: Lease, now: number, until: number): Promise<boolean> {
    const result = await this.transactions.manager
      .createQueryBuilder()
      .update(SandboxEntity)
      .set({ leaseToken: lease.token, leaseUntil: until })
      .where('id = :id AND (lease_until IS NULL OR lease_until < :now)', { id: lease.sandboxId, now })
      .execute();
    return result.affected === 1;
  }

  /** Holds on. Gives the row's generation, so that the holder sees a new intent; null when the lease is lost. */
  async renew(lease: Lease, until: number): Promise<number | null> {
    const result = await this.transactions.manager.update(SandboxEntity, where(lease), { leaseUntil: until });
    if (result.affected !== 1) return null;
    const row = await this.transactions.manager.findOneBy(SandboxEntity, { id: lease.sandboxId });
    return row?.generation ?? null;
  }

  /** False: the lease is lost, and nothing was written. */
  async write(lease: Lease, observation: Observation): Promise<boolean> {
    const result = await this.transactions.manager.update(SandboxEntity, where(lease), observation);
    return result.affected === 1;
  }

  async release(lease: Lease): Promise<void> {
    await this.transactions.manager.update(SandboxEntity, where(lease), { leaseToken: null, leaseUntil: null });
  }

  /** Right only at the start of the one process that may use this database: whoever held a lease is dead. */
  async releaseAll(): Promise<void> {
    await this.transactions.manager
      .createQueryBuilder()
      .update(SandboxEntity)
      .set({ leaseToken: null, leaseUntil: null })
      .where('lease_token IS NOT NULL')
      .execute();
  }
}

const where = (lease: Lease) => ({ id: lease.sandboxId, leaseToken: lease.token });
