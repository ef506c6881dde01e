import { type Env } from './environment.js';

/** Where Podman's own socket unit listens: for root one of the system, else one of the user's. */
export function podmanSocket(env: Env, uid: number | undefined): string {
  if (uid === 0) return 'unix:///run/podman/podman.sock';
  return `unix://${env['XDG_RUNTIME_DIR'] ?? `/run/user/${uid ?? 1000}`}/podman/podman.sock`;
}
