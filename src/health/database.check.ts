import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { Readiness } from './readiness.js';

/** Reads a page of the file, so that a disk that is gone is noticed. */
@Injectable()
export class DatabaseCheck implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly transactions: Transactions,
  ) {}

  onModuleInit(): void {
    const { transactions } = this;
    this.readiness.register('database', () =>
      transactions.read(() => transactions.manager.query('SELECT id FROM installation')),
    );
  }
}
