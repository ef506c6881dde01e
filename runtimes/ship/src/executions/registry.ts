import { createHash } from 'node:crypto';
import { type ExecutionRequest } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { Execution, type Runner } from './execution.js';

export interface RetentionLimits {
  /** Ended executions whose events are kept. */
  count: number;
  /** Bytes of their events, in memory and on disk. */
  bytes: number;
  ageMs: number;
  /** Ids that are remembered after their events are gone: such an execution never runs again. */
  ids: number;
}

export const RETENTION: RetentionLimits = { count: 256, bytes: 64 * 1024 * 1024, ageMs: 15 * 60_000, ids: 10_000 };

/** All executions by id, running and lately ended. */
export class ExecutionRegistry {
  private readonly executions = new Map<string, Execution>();
  /** In the order of their end. */
  private readonly ended = new Set<Execution>();
  private endedBytes = 0;
  private readonly pastIds = new Set<string>();

  constructor(
    private readonly runners: Record<ExecutionRequest['kind'], Runner>,
    private readonly spillDir: string,
    private readonly limits: RetentionLimits = RETENTION,
  ) {}

  /**
   * Starts the execution, or finds the one that this request started before.
   * @throws AgentError `execution_conflict` when the id was used for something else or its events are gone,
   *   and whatever the runner refuses with
   */
  async startOrAttach(request: ExecutionRequest): Promise<Execution> {
    if (!this.executions.has(request.id)) await this.runners[request.kind].check(request);
    // From here to the end in one turn: of two equal requests one starts and the other finds it.
    const digest = createHash('sha256').update(JSON.stringify(request)).digest('base64');
    const known = this.executions.get(request.id);
    if (known) {
      if (known.digest === digest) return known;
      throw new AgentError('execution_conflict', `Execution ${request.id} was started with another request.`);
    }
    if (this.pastIds.has(request.id)) {
      throw new AgentError('execution_conflict', `Execution ${request.id} ran before; its events are no longer kept.`);
    }
    const execution = new Execution(request, digest, this.runners[request.kind], this.spillDir);
    execution.runner.run(execution);
    void execution.ended.then(() => this.retain(execution));
    this.executions.set(request.id, execution);
    return execution;
  }

  /** @throws AgentError `execution_not_found` */
  get(id: string): Execution {
    const execution = this.executions.get(id);
    if (!execution) throw new AgentError('execution_not_found', `There is no execution ${id}.`);
    return execution;
  }

  running(): Execution[] {
    return [...this.executions.values()].filter((execution) => !execution.hasEnded);
  }

  private retain(execution: Execution): void {
    this.ended.add(execution);
    this.endedBytes += execution.log.bytes;
    this.dropOld();
  }

  /** Called at each end and now and then: age alone can make an execution go. */
  dropOld(): void {
    for (const oldest of this.ended) {
      const isYoung = performance.now() - oldest.endedAt < this.limits.ageMs;
      if (isYoung && this.ended.size <= this.limits.count && this.endedBytes <= this.limits.bytes) return;
      this.drop(oldest);
    }
  }

  private drop(execution: Execution): void {
    this.ended.delete(execution);
    this.endedBytes -= execution.log.bytes;
    this.executions.delete(execution.id);
    execution.log.dispose();
    this.pastIds.add(execution.id);
    for (const id of this.pastIds) {
      if (this.pastIds.size <= this.limits.ids) break;
      this.pastIds.delete(id);
    }
  }
}
