import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const keys = new Table({
  name: 'api_keys',
  columns: [
    { name: 'id', type: 'varchar', isPrimary: true },
    { name: 'public_id', type: 'varchar' },
    { name: 'name', type: 'varchar' },
    { name: 'owner', type: 'varchar' },
    { name: 'role', type: 'varchar' },
    { name: 'scopes', type: 'text', isNullable: true },
    { name: 'hash', type: 'varchar' },
    { name: 'prefix', type: 'varchar' },
    { name: 'created_at', type: 'bigint' },
    { name: 'expires_at', type: 'bigint', isNullable: true },
    { name: 'last_used_at', type: 'bigint', isNullable: true },
  ],
  indices: [
    { name: 'api_keys_by_hash', columnNames: ['hash'], isUnique: true },
    { name: 'api_keys_by_public_id', columnNames: ['public_id'], isUnique: true },
    { name: 'api_keys_by_age', columnNames: ['created_at', 'id'] },
    { name: 'api_keys_by_owner', columnNames: ['owner', 'created_at', 'id'] },
  ],
});

export class ApiKeys1764100011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(keys, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(keys);
  }
}
