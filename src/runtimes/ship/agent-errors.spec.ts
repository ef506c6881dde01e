import { agentError, AgentNotInitializedError } from './agent-errors.js';

const refusal = (code: string, message = 'why') => ({ error: { code, message } });

describe("an agent's refusal", () => {
  it.each([
    ['file_not_found', 'file_not_found'],
    ['path_outside_workspace', 'invalid_path'],
    ['no_space', 'insufficient_storage'],
    ['queue_full', 'queue_full'],
    ['internal', 'ship_error'],
  ])('%s is told to clients as %s', (code, expected) => {
    expect(agentError(400, refusal(code))).toMatchObject({ code: expected, message: 'why' });
  });

  it('for want of an init is told apart: the call may be made again', () => {
    expect(agentError(409, refusal('not_initialized'))).toBeInstanceOf(AgentNotInitializedError);
  });

  it.each([[null], ['<html>'], [{ error: { code: 'invented', message: 'x' } }], [{ error: 'x' }]])(
    'that the protocol does not know (%j) is a ship_error without its text',
    (body) => {
      expect(agentError(418, body)).toMatchObject({
        code: 'ship_error',
        message: 'The agent answered with status 418.',
      });
    },
  );

  it('is passed on with at most 500 characters', () => {
    expect(agentError(404, refusal('file_not_found', 'x'.repeat(9_999))).message).toHaveLength(500);
  });
});
