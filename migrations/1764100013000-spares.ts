import { type MigrationInterface, type QueryRunner, TableIndex } from 'typeorm';

// Looked at by every create of a profile with a pool; without it, that would pass over all sandboxes.
const SPARES = new TableIndex({
  name: 'sandboxes_spare',
  columnNames: ['profile_id', 'created_at'],
  where: 'spare_key IS NOT NULL AND deleted_at IS NULL',
});

/** Started sandboxes that nobody has yet. Written out, as TypeORM would copy SQLite's table and lose its partial indices. */
export class Spares1764100013000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sandboxes ADD COLUMN spare_key varchar');
    await runner.query('ALTER TABLE sandboxes ADD COLUMN spare_image varchar');
    await runner.createIndex('sandboxes', SPARES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('sandboxes', SPARES);
    await runner.query('ALTER TABLE sandboxes DROP COLUMN spare_image');
    await runner.query('ALTER TABLE sandboxes DROP COLUMN spare_key');
  }
}
