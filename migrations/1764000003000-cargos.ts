import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

const CARGOS = new TableIndex({ name: 'workspaces_by_owner', columnNames: ['owner', 'managed', 'created_at', 'id'] });
const USERS = new TableIndex({ name: 'sandboxes_by_workspace', columnNames: ['workspace_id'] });
const BURIED = new TableIndex({ name: 'workspaces_by_end', columnNames: ['deleted_at'] });

/** For lists of cargos, for who uses one, and for those whose volume is still to be removed. */
export class Cargos1764000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createIndex('workspaces', CARGOS);
    await runner.createIndex('workspaces', BURIED);
    await runner.createIndex('sandboxes', USERS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('sandboxes', USERS);
    await runner.dropIndex('workspaces', BURIED);
    await runner.dropIndex('workspaces', CARGOS);
  }
}
