import { Injectable } from '@nestjs/common';
import { ProfilesService } from '../profiles/profiles.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Clock } from '../shared/clock.js';
import { naiveUtc, naiveUtcOrNull } from '../shared/naive-time.js';
import { SYSTEM } from '../shared/scope.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { type ContainerView, type SandboxView } from './sandbox.dto.js';
import { type Sandbox } from './sandbox.js';
import { statusOf } from './sandbox.state.js';

/** Sandboxes as `/v1` shows them. */
@Injectable()
export class SandboxViews {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly sessions: SessionsService,
    private readonly workspaces: WorkspacesService,
    private readonly clock: Clock,
  ) {}

  /** Nothing of it runs, or nobody asked what. */
  async brief(sandbox: Sandbox): Promise<SandboxView> {
    const [view] = await this.list([sandbox]);
    if (!view) throw new Error('A view is missing.');
    return view;
  }

  /** With its containers while it runs. They are told from the row: a look at a sandbox asks no engine. */
  async full(sandbox: Sandbox): Promise<SandboxView> {
    return { ...(await this.brief(sandbox)), containers: await this.containers(sandbox) };
  }

  async list(sandboxes: readonly Sandbox[]): Promise<SandboxView[]> {
    const cargoIds = await this.workspaces.publicIds(
      SYSTEM,
      sandboxes.map(({ workspaceId }) => workspaceId),
    );
    return sandboxes.map((sandbox) => ({
      id: sandbox.publicId,
      status: statusOf(sandbox, this.clock.now()),
      profile: sandbox.profileId,
      cargo_id: cargoIds.get(sandbox.workspaceId) ?? '',
      capabilities: [...(this.profiles.find(sandbox.profileId)?.capabilities ?? [])],
      created_at: naiveUtc(sandbox.createdAt),
      expires_at: naiveUtcOrNull(sandbox.expiresAt),
      idle_expires_at: naiveUtcOrNull(sandbox.idleExpiresAt),
      containers: null,
    }));
  }

  private async containers(sandbox: Sandbox): Promise<ContainerView[] | null> {
    if (statusOf(sandbox, this.clock.now()) !== 'ready') return null;
    const session = await this.sessions.findCurrent(sandbox.id);
    const profile = this.profiles.find(sandbox.profileId);
    if (session?.state !== 'running' || !profile) return null;
    const isSingle = profile.containers.length === 1;
    return profile.containers.map((container) => ({
      name: isSingle ? container.runtime : container.name,
      runtime_type: container.runtime,
      status: 'running',
      version: session.agentVersion,
      capabilities: isSingle ? [] : [...container.capabilities],
      healthy: true,
    }));
  }
}
