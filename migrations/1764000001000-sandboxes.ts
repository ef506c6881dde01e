import { type MigrationInterface, type QueryRunner, Table, TableIndex } from 'typeorm';

const text = (name: string, isNullable = false) => ({ name, type: 'varchar', isNullable });
const instant = (name: string, isNullable = false) => ({ name, type: 'bigint', isNullable });
const number = (name: string, isNullable = false) => ({ name, type: 'integer', isNullable });

const workspaces = new Table({
  name: 'workspaces',
  columns: [
    { ...text('id'), isPrimary: true },
    { ...text('public_id'), isUnique: true },
    text('owner'),
    { name: 'managed', type: 'boolean' },
    text('managed_by_sandbox_id', true),
    text('volume_ref', true),
    number('size_limit_mb', true),
    instant('created_at'),
    instant('last_accessed_at'),
    instant('deleted_at', true),
  ],
});

const sandboxes = new Table({
  name: 'sandboxes',
  columns: [
    { ...text('id'), isPrimary: true },
    { ...text('public_id'), isUnique: true },
    text('owner'),
    text('profile_id'),
    text('workspace_id'),
    text('desired_state'),
    number('generation'),
    text('observed_state'),
    number('observed_generation'),
    text('session_id', true),
    text('failure_code', true),
    { name: 'failure_message', type: 'text', isNullable: true },
    instant('created_at'),
    instant('last_active_at'),
    instant('expires_at', true),
    instant('idle_expires_at', true),
    instant('deleted_at', true),
    text('lease_token', true),
    instant('lease_until', true),
  ],
  indices: [
    new TableIndex({ name: 'sandboxes_by_owner', columnNames: ['owner', 'created_at', 'id'] }),
    new TableIndex({ name: 'sandboxes_by_expiry', columnNames: ['expires_at'] }),
    new TableIndex({ name: 'sandboxes_by_idle_expiry', columnNames: ['idle_expires_at'] }),
    new TableIndex({ name: 'sandboxes_by_observed_state', columnNames: ['observed_state'] }),
  ],
});

const sessions = new Table({
  name: 'sessions',
  columns: [
    { ...text('id'), isPrimary: true },
    text('sandbox_id'),
    number('generation'),
    text('state'),
    { name: 'handle', type: 'text', isNullable: true },
    { name: 'endpoint', type: 'text', isNullable: true },
    text('agent_version', true),
    instant('created_at'),
    instant('ready_at', true),
    instant('ended_at', true),
  ],
  indices: [
    // At most one session of a sandbox is not ended; the database says so, not the code.
    new TableIndex({
      name: 'sessions_one_current',
      columnNames: ['sandbox_id'],
      isUnique: true,
      where: "state <> 'ended'",
    }),
    new TableIndex({ name: 'sessions_by_end', columnNames: ['ended_at'] }),
  ],
});

export class Sandboxes1764000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of [workspaces, sandboxes, sessions]) await runner.createTable(table, true, false, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [sessions, sandboxes, workspaces]) await runner.dropTable(table);
  }
}
