import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const locks = new Table({
  name: 'quota_locks',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'taken', type: 'integer' },
  ],
});

// Counting must not pass over the rows of what was deleted or stopped long ago.
const indices = [
  new TableIndex({ name: 'sandboxes_present', columnNames: ['owner'], where: 'deleted_at IS NULL' }),
  new TableIndex({ name: 'sandboxes_wanted', columnNames: ['owner'], where: "desired_state = 'running'" }),
];

export class Quotas1764100004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(locks, true);
    for (const index of indices) await runner.createIndex('sandboxes', index);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of indices) await runner.dropIndex('sandboxes', index);
    await runner.dropTable(locks);
  }
}
