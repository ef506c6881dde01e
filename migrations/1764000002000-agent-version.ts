import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What a look at a sandbox shows lies in its own row, so that it costs one read. Written out: TypeORM would change a column of
 * SQLite by copying the table, and the sessions' partial index with it.
 */
export class AgentVersion1764000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sandboxes ADD COLUMN agent_version varchar');
    await runner.query('ALTER TABLE sessions DROP COLUMN agent_version');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sessions ADD COLUMN agent_version varchar');
    await runner.query('ALTER TABLE sandboxes DROP COLUMN agent_version');
  }
}
