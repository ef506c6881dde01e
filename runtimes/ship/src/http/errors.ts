import { AGENT_ERRORS, type AgentErrorCode } from '@bay/protocol';

/** A failure that the caller is told about: the code decides, the message is for people. */
export class AgentError extends Error {
  override readonly name = 'AgentError';

  constructor(
    readonly code: AgentErrorCode,
    message: string,
  ) {
    super(message);
  }

  /** HTTP status of the code. */
  get status(): number {
    return AGENT_ERRORS[this.code];
  }
}
