import { Injectable } from '@nestjs/common';
import { LifecycleConfig, type Profile } from '../config/slices.js';
import { Transactions } from '../database/transactions.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { type Session } from '../sessions/session.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { StartMetrics } from '../sessions/start-metrics.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { type HeldLease } from './sandbox.lease.js';
import { idleTimeoutMs, type Sandbox } from './sandbox.js';
import { type Step } from './sandbox.plan.js';

/** What a step acts on: the rows as they were when it was planned. */
export interface StepContext {
  readonly sandbox: Sandbox;
  readonly session: Session | null;
  readonly lease: HeldLease;
  readonly signal: AbortSignal;
}

/** Carries out the steps of a plan: the engine first, then what was seen, in one transaction, under the lease. */
@Injectable()
export class SandboxSteps {
  constructor(
    private readonly sessions: SessionsService,
    private readonly workspaces: WorkspacesService,
    private readonly profiles: ProfilesService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly lifecycle: LifecycleConfig,
    private readonly starts: StartMetrics,
  ) {}

  async act(step: Exclude<Step, { type: 'rest' }>, context: StepContext): Promise<void> {
    switch (step.type) {
      case 'open_session':
        return this.openSession(context);
      case 'bring_up':
        await this.starts.phase('total', () => this.bringUp(context, sessionOf(context)));
        return this.starts.ended('ok');
      case 'time_out':
        return this.fail(context, this.timedOut());
      case 'lose':
        return this.observe(context, 'lost');
      case 'end_session':
        return this.endSession(context, sessionOf(context));
      case 'remove_workspace':
        await this.workspaces.removeBuried(context.sandbox.workspaceId, context.signal);
        return this.observe(context, 'deleted');
      case 'observe':
        return this.observe(context, step.state);
    }
  }

  /** Notes that the start asked for did not work; whoever waits for it is answered with this. */
  async fail({ sandbox, lease }: StepContext, failure: BayError): Promise<void> {
    this.starts.ended(failure.code);
    await lease.write({
      observedState: 'failed',
      observedGeneration: sandbox.generation,
      failureCode: failure.code,
      failureMessage: failure.message,
      idleExpiresAt: null,
    });
  }

  /** By when a session that is being brought up must be ready. */
  startDeadline(session: Session): number {
    return session.createdAt + this.lifecycle.startTimeoutMs;
  }

  /** At least 1 ms, so that a late start fails by its deadline like any other. */
  startTimeLeft(context: StepContext): number {
    return Math.max(this.startDeadline(sessionOf(context)) - this.clock.now(), 1);
  }

  timedOut(): BayError {
    const seconds = this.lifecycle.startTimeoutMs / 1000;
    return new BayError('start_failed', `The sandbox was not ready within ${seconds} s.`);
  }

  /** Is the agent of a session that the engine calls running well? */
  isHealthy({ sandbox, signal }: StepContext, session: Session): Promise<boolean> {
    return this.sessions.isHealthy({ session, sandbox, profile: this.profile(sandbox) }, signal);
  }

  private async openSession({ sandbox, lease }: StepContext): Promise<void> {
    await this.transactions.run(async () => {
      const sessionId = await this.sessions.open(sandbox.id, sandbox.generation);
      await lease.write({
        sessionId,
        observedState: 'starting',
        observedGeneration: sandbox.generation,
        failureCode: null,
        failureMessage: null,
      });
    });
  }

  private async bringUp({ sandbox, lease, signal }: StepContext, session: Session): Promise<void> {
    const profile = this.profile(sandbox);
    const workspace = await this.starts.phase('volume', () =>
      this.workspaces.ensureVolume(sandbox.workspaceId, signal),
    );
    const started = await this.sessions.bringUp(
      { session, sandbox, profile, workspaceId: workspace.publicId, volumeRef: workspace.volumeRef },
      signal,
    );
    await this.transactions.run(async () => {
      await this.sessions.markRunning(session.id, started);
      const now = this.clock.now();
      await lease.write({
        observedState: 'running',
        observedGeneration: session.generation,
        agentVersion: started.agentVersion,
        lastActiveAt: now,
        // A spare waits for as long as its pool wants it.
        idleExpiresAt: sandbox.spareKey === null ? now + idleTimeoutMs(sandbox, profile) : null,
      });
    });
  }

  private async endSession({ lease, signal }: StepContext, session: Session): Promise<void> {
    await this.sessions.removeGroup(session, signal);
    await this.transactions.run(async () => {
      await this.sessions.markEnded(session.id);
      await lease.write({ sessionId: null });
    });
  }

  private async observe({ sandbox, lease }: StepContext, state: 'lost' | 'stopped' | 'deleted'): Promise<void> {
    await lease.write({ observedState: state, observedGeneration: sandbox.generation, idleExpiresAt: null });
  }

  private profile(sandbox: Sandbox): Profile {
    return withOwnResources(this.profiles.get(sandbox.profileId), sandbox);
  }
}

function sessionOf({ session }: StepContext): Session {
  if (!session) throw new Error('The plan names a session that is not there.');
  return session;
}

/** The profile with what the sandbox has of its own. */
function withOwnResources(profile: Profile, { cpus, memoryBytes }: Sandbox): Profile {
  if (cpus === null && memoryBytes === null) return profile;
  const [primary, ...others] = profile.containers;
  const own = { ...primary, cpus: cpus ?? primary.cpus, memoryBytes: memoryBytes ?? primary.memoryBytes };
  return { ...profile, containers: [own, ...others] };
}
