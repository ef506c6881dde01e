import { Injectable } from '@nestjs/common';
import { IdempotencyService, type KeyedRequest, type OnceRequest } from '../idempotency/idempotency.service.js';
import { type FinishedExecution } from './execution-result.js';
import { type Attempt, type ExecutionCall, ExecutionsService, newExecutionId } from './executions.service.js';

/** What the row of a key holds while its execution runs. */
interface Pending {
  readonly executionId: string;
  /** The session it was sent to; null: not sent yet. */
  readonly sessionId: string | null;
}

/**
 * Executions with an `Idempotency-Key`: one run, and one answer for all who ask. Concurrency: any number of duplicates at once,
 * in this process and in others, also after the one that sent it has died.
 *
 * The row of the key is committed before anything is sent, with the execution's id, then with the session it goes to. A
 * duplicate in this process waits for the first; one that finds the row pending without it (Bay died, or another replica has
 * it) follows the execution on its agent by id. When that session is gone the answer is `execution_lost`, never a second run.
 */
@Injectable()
export class KeyedExecutions {
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(
    private readonly executions: ExecutionsService,
    private readonly idempotency: IdempotencyService,
  ) {}

  /** Throws as {@link ExecutionsService.run} does, and `conflict` for a key that belongs to another request. */
  async run<T>(request: OnceRequest, call: ExecutionCall, view: (finished: FinishedExecution) => T): Promise<T> {
    if (!this.idempotency.isOn(request)) return view(await this.executions.run(call));
    const fresh: Pending = { executionId: newExecutionId(), sessionId: null };
    const found = await this.idempotency.begin<T, Pending>(request, fresh);
    if (found.answer) return found.answer.body;
    // No await from here to the entry: the first one in this process sends, or takes up what an earlier process sent.
    const name = JSON.stringify([request.owner, request.key]);
    const known = this.running.get(name);
    // The entry was made for the same key and request, whose answers are of this type.
    if (known) return known as Promise<T>;
    const running = this.once({ request, call, view, pending: found.pending });
    this.running.set(name, running);
    return running.finally(() => this.running.delete(name));
  }

  private async once<T>({ request, call, view, pending }: KeyedCall<T>): Promise<T> {
    let mayHaveRun = pending.sessionId !== null;
    const attempt: Attempt = {
      id: pending.executionId,
      sentTo: pending.sessionId,
      beforeSending: (sessionId) => this.idempotency.note(request, { ...pending, sessionId }),
      finished: (finished) => this.idempotency.complete(request, { status: 200, body: view(finished) }),
      failed: (error) => {
        mayHaveRun = true;
        return this.idempotency.fail(request, error);
      },
    };
    try {
      return view(await this.executions.run(call, attempt));
    } catch (error) {
      if (!mayHaveRun) await this.idempotency.release(request);
      throw error;
    }
  }
}

interface KeyedCall<T> {
  readonly request: KeyedRequest;
  readonly call: ExecutionCall;
  readonly view: (finished: FinishedExecution) => T;
  readonly pending: Pending;
}
