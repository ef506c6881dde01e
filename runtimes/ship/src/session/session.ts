import { randomUUID } from 'node:crypto';
import { type InitRequest } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { checkEnvironment } from '../processes/environment.js';

/** Whom the agent serves, from `/init` on. Nothing of a user's runs before. */
export class Session {
  /** New at each start of the agent. */
  readonly bootId = randomUUID();
  private current: InitRequest | undefined;

  get isInitialized(): boolean {
    return this.current !== undefined;
  }

  /** What the client wants in every process' environment. */
  get env(): Record<string, string> {
    return this.current?.env ?? {};
  }

  /** Marks the processes of one execution, and with the boot id all of this agent's. */
  markFor(executionId: string): string {
    return `${this.markPrefix}${executionId}`;
  }

  get markPrefix(): string {
    return `${this.bootId.slice(0, 8)}/`;
  }

  /**
   * Takes the first request; the same session again changes nothing. True when it was the first.
   * @throws AgentError `session_mismatch`, `invalid_request`
   */
  init(request: InitRequest): boolean {
    if (this.current) {
      if (this.current.session_id === request.session_id) return false;
      throw new AgentError('session_mismatch', 'The agent serves another session.');
    }
    checkEnvironment(request.env);
    this.current = request;
    return true;
  }
}
