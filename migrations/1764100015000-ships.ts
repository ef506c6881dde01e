import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const ships = new Table({
  name: 'ships',
  columns: [
    { name: 'sandbox_id', type: 'varchar', isPrimary: true },
    { name: 'owner', type: 'varchar' },
    { name: 'session_id', type: 'varchar', isNullable: true },
    { name: 'is_current', type: 'boolean' },
    { name: 'created_at', type: 'bigint' },
  ],
  indices: [
    // One ship for each session id of an owner, whoever races; those that `force_create` put aside are not current.
    new TableIndex({
      name: 'ships_one_current',
      columnNames: ['owner', 'session_id'],
      isUnique: true,
      where: 'is_current',
    }),
    new TableIndex({ name: 'ships_by_owner', columnNames: ['owner', 'created_at', 'sandbox_id'] }),
  ],
  foreignKeys: [
    {
      name: 'ships_sandbox',
      columnNames: ['sandbox_id'],
      referencedTableName: 'sandboxes',
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
});

const columns = ['idle_timeout_sec integer', 'cpus double precision', 'memory_bytes bigint'];

/** Written out where a column is added: TypeORM would copy the whole table on SQLite. */
export class Ships1764100015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const column of columns) await runner.query(`ALTER TABLE sandboxes ADD COLUMN ${column}`);
    await runner.createTable(ships, true, true, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(ships);
    for (const column of columns) await runner.query(`ALTER TABLE sandboxes DROP COLUMN ${column.split(' ')[0]}`);
  }
}
