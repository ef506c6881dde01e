import { createHash, timingSafeEqual } from 'node:crypto';

/** Knows the session's secret and nothing else. */
export class Authorization {
  private readonly expected: Buffer;

  constructor(secret: string) {
    this.expected = digest(secret);
  }

  /** Whether an `Authorization` header carries the secret. Takes the same time for every wrong one. */
  allows(header: string | undefined): boolean {
    const token = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
    return timingSafeEqual(digest(token), this.expected);
  }
}

/** Equal lengths to compare, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
