import { isLoopback } from '../shared/loopback.js';
import { type RawConfig } from './schema.js';
import type * as slices from './slices.js';
import { type Problem, tokensOf } from './tokens.js';

/** Who is let in, and what somebody who reads the log at the start should know about it. */
export function accessOf({ security, server }: RawConfig): {
  readonly access: slices.AccessConfig;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
} {
  const isLocal = isLoopback(server.host);
  const tokens = tokensOf(security.jwt);
  const notices = [...tokens.notices];
  if (security.allow_anonymous) {
    notices.push(
      isLocal
        ? 'security.allow_anonymous: whoever has an account on this machine may use Bay without a key.'
        : `security.allow_anonymous has no effect on ${server.host}: without a key Bay serves the loopback address alone.`,
    );
  }
  const access = Object.freeze({ allowsAnonymous: security.allow_anonymous && isLocal, tokens: tokens.value });
  return { access, problems: tokens.problems, notices };
}
