import { type Sandbox } from '../../src/sandboxes/sandbox.js';

const CREATED_AT = Date.UTC(2026, 0, 1);

/** The row of a sandbox at rest that nobody has used. */
export const sandboxRow = (row: Partial<Sandbox> & Pick<Sandbox, 'id'>): Sandbox => ({
  publicId: `sandbox-${row.id}`,
  owner: 'ann',
  profileId: 'python-default',
  workspaceId: `workspace-of-${row.id}`,
  desiredState: 'stopped',
  generation: 1,
  observedState: 'none',
  observedGeneration: 1,
  sessionId: null,
  agentVersion: null,
  failureCode: null,
  failureMessage: null,
  createdAt: CREATED_AT,
  lastActiveAt: CREATED_AT,
  expiresAt: null,
  idleExpiresAt: null,
  deletedAt: null,
  leaseToken: null,
  leaseUntil: null,
  spareKey: null,
  spareImage: null,
  idleTimeoutSec: null,
  cpus: null,
  memoryBytes: null,
  ...row,
});
