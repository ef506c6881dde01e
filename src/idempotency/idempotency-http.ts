import { type Response } from 'express';
import { type Answer } from './idempotency.service.js';

/** How a route documents the header that it reads. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description: 'One effect and one answer a key.',
  example: 'order-42',
};

/** Answers with the status of the first time. */
export function send<T>(response: Response, answer: Answer<T>): T {
  response.status(answer.status);
  return answer.body;
}
