import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const INSTALLATION = new Table({
  name: 'installation',
  columns: [
    { name: 'singleton', type: 'integer', isPrimary: true },
    { name: 'id', type: 'varchar', length: '36' },
    { name: 'created_at_ms', type: 'bigint' },
  ],
  checks: [{ name: 'installation_is_one', expression: '"singleton" = 1' }],
});

const IDEMPOTENCY_KEYS = new Table({
  name: 'idempotency_keys',
  columns: [
    { name: 'owner', type: 'varchar', length: '255', isPrimary: true },
    { name: 'key', type: 'varchar', length: '128', isPrimary: true },
    // Which attempt made the row: tells the first of racing duplicates from the others.
    { name: 'attempt', type: 'varchar', length: '36' },
    { name: 'fingerprint', type: 'varchar', length: '64' },
    { name: 'status', type: 'integer' },
    { name: 'response', type: 'text' },
    { name: 'expires_at_ms', type: 'bigint' },
  ],
  indices: [{ name: 'idempotency_keys_expiry', columnNames: ['expires_at_ms'] }],
});

const JOB_LEASES = new Table({
  name: 'job_leases',
  columns: [
    { name: 'name', type: 'varchar', length: '100', isPrimary: true },
    { name: 'token', type: 'varchar', length: '36', isNullable: true },
    { name: 'until_ms', type: 'bigint', default: 0 },
  ],
});

export class Platform1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of [INSTALLATION, IDEMPOTENCY_KEYS, JOB_LEASES]) await runner.createTable(table);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [JOB_LEASES, IDEMPOTENCY_KEYS, INSTALLATION]) await runner.dropTable(table);
  }
}
