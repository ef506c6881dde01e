import { type Answer, type ErrorBody } from './api-client.js';

export interface ExpectedError {
  readonly status: number;
  readonly code: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Fails unless the answer is the envelope of `/v1` with this error, and its request id is the header's. */
export function expectError(answer: Answer, { status, code, details }: ExpectedError): ErrorBody['error'] {
  const { error } = answer.body as ErrorBody;
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      error: {
        code,
        message: expect.stringMatching(/\S/) as string,
        request_id: answer.headers['x-request-id'],
        details: expect.objectContaining(details ?? {}) as object,
        ...(error?.retryable ? { retryable: true } : {}),
      },
    },
  });
  expect(error.request_id).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  expect(answer.headers['retry-after'] === undefined).toBe(error.retryable === undefined);
  return error;
}
