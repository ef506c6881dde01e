import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecurityConfig } from '../config/slices.js';

/**
 * The secret that an agent demands of its callers. It derives from the installation's key and the session's id, so that
 * nothing is stored and every replica knows it.
 */
@Injectable()
export class SessionSecrets {
  constructor(private readonly security: SecurityConfig) {}

  of(sessionId: string): string {
    return createHmac('sha256', this.security.instanceKey).update(`session:${sessionId}`).digest('base64url');
  }
}
