import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const history = new Table({
  name: 'execution_history',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'public_id', type: 'varchar' },
    { name: 'owner', type: 'varchar' },
    { name: 'sandbox_id', type: 'varchar' },
    { name: 'session_id', type: 'varchar', isNullable: true },
    { name: 'exec_type', type: 'varchar' },
    { name: 'code', type: 'text' },
    { name: 'success', type: 'boolean' },
    { name: 'execution_time_ms', type: 'integer' },
    { name: 'output', type: 'text', isNullable: true },
    { name: 'error', type: 'text', isNullable: true },
    { name: 'payload_ref', type: 'varchar', isNullable: true },
    { name: 'description', type: 'text', isNullable: true },
    { name: 'tags', type: 'text', isNullable: true },
    { name: 'notes', type: 'text', isNullable: true },
    { name: 'created_at', type: 'bigint' },
  ],
  indices: [
    new TableIndex({ name: 'execution_history_by_sandbox', columnNames: ['sandbox_id', 'created_at', 'id'] }),
    new TableIndex({ name: 'execution_history_by_owner', columnNames: ['owner', 'created_at', 'id'] }),
    new TableIndex({ name: 'execution_history_by_public_id', columnNames: ['public_id'] }),
    new TableIndex({ name: 'execution_history_by_age', columnNames: ['created_at'] }),
  ],
});

// Apart from the rows: lists never read what is large.
const payloads = new Table({
  name: 'history_payloads',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'owner', type: 'varchar' },
    { name: 'execution_id', type: 'varchar' },
    { name: 'sandbox_id', type: 'varchar' },
    { name: 'content', type: 'text' },
    { name: 'created_at', type: 'bigint' },
  ],
  indices: [
    new TableIndex({ name: 'history_payloads_by_execution', columnNames: ['execution_id'] }),
    new TableIndex({ name: 'history_payloads_by_sandbox', columnNames: ['sandbox_id', 'created_at', 'id'] }),
  ],
});

export class History1764100012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(history, true);
    await runner.createTable(payloads, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(payloads);
    await runner.dropTable(history);
  }
}
