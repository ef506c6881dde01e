import { EntitySchema } from 'typeorm';
import { bytes, instant, varchar } from '../database/columns.js';
import { type Sandbox } from './sandbox.js';

export const SandboxEntity = new EntitySchema<Sandbox>({
  name: 'Sandbox',
  tableName: 'sandboxes',
  columns: {
    id: { type: 'varchar', primary: true },
    publicId: varchar('public_id'),
    owner: varchar('owner'),
    profileId: varchar('profile_id'),
    workspaceId: varchar('workspace_id'),
    desiredState: varchar('desired_state'),
    generation: { type: 'integer' },
    observedState: varchar('observed_state'),
    observedGeneration: { type: 'integer', name: 'observed_generation' },
    sessionId: varchar('session_id', { nullable: true }),
    agentVersion: varchar('agent_version', { nullable: true }),
    failureCode: varchar('failure_code', { nullable: true }),
    failureMessage: { type: 'text', name: 'failure_message', nullable: true },
    createdAt: instant('created_at'),
    lastActiveAt: instant('last_active_at'),
    expiresAt: instant('expires_at', { nullable: true }),
    idleExpiresAt: instant('idle_expires_at', { nullable: true }),
    deletedAt: instant('deleted_at', { nullable: true }),
    spareKey: varchar('spare_key', { nullable: true }),
    spareImage: varchar('spare_image', { nullable: true }),
    idleTimeoutSec: { type: 'integer', name: 'idle_timeout_sec', nullable: true },
    cpus: { type: 'double precision', nullable: true },
    memoryBytes: bytes('memory_bytes', { nullable: true }),
    leaseToken: varchar('lease_token', { nullable: true }),
    leaseUntil: instant('lease_until', { nullable: true }),
  },
});
