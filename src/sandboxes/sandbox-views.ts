import { Injectable } from '@nestjs/common';
import { ProfilesService } from '../profiles/profiles.service.js';
import { Clock } from '../shared/clock.js';
import { publicId } from '../shared/ids.js';
import { naiveUtc, naiveUtcOrNull } from '../shared/naive-time.js';
import { type ContainerView, type SandboxView } from './sandbox.dto.js';
import { type Sandbox } from './sandbox.js';
import { statusOf } from './sandbox.state.js';

/** Sandboxes as `/v1` shows them: from their rows alone, so that a look costs no further read and asks no engine. */
@Injectable()
export class SandboxViews {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly clock: Clock,
  ) {}

  /** Without its containers: nothing of it runs, or nobody asked what. */
  brief(sandbox: Sandbox): SandboxView {
    return {
      id: sandbox.publicId,
      status: statusOf(sandbox, this.clock.now()),
      profile: sandbox.profileId,
      cargo_id: publicId('ws', sandbox.workspaceId),
      capabilities: [...(this.profiles.find(sandbox.profileId)?.capabilities ?? [])],
      created_at: naiveUtc(sandbox.createdAt),
      expires_at: naiveUtcOrNull(sandbox.expiresAt),
      idle_expires_at: naiveUtcOrNull(sandbox.idleExpiresAt),
      containers: null,
    };
  }

  /**
   * Right after its create: `idle` in any case. Clients of the older generation know nothing else, whether they were given a
   * running sandbox or not.
   */
  created(sandbox: Sandbox): SandboxView {
    return { ...this.brief(sandbox), status: 'idle' };
  }

  /** With its containers while it runs. */
  full(sandbox: Sandbox): SandboxView {
    return { ...this.brief(sandbox), containers: this.containers(sandbox) };
  }

  private containers(sandbox: Sandbox): ContainerView[] | null {
    if (statusOf(sandbox, this.clock.now()) !== 'ready') return null;
    const profile = this.profiles.find(sandbox.profileId);
    if (!profile) return null;
    const isSingle = profile.containers.length === 1;
    return profile.containers.map((container) => ({
      name: isSingle ? container.runtime : container.name,
      runtime_type: container.runtime,
      status: 'running',
      version: sandbox.agentVersion,
      capabilities: isSingle ? [] : [...container.capabilities],
      healthy: true,
    }));
  }
}
