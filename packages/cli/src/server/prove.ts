import { Failure } from '../failure.js';
import { type Api, ApiFailure } from './api.js';

export interface Proof {
  /** From asking for a sandbox to the first Python result. */
  readonly firstResultMs: number;
  readonly shellMs: number;
}

/** Long enough for a cold start on a busy machine: the server answers 503 when its own deadline has passed. */
const EXEC_TIMEOUT_MS = 75_000;
const CALL_TIMEOUT_MS = 20_000;
/** Should this program be killed half-way, the sandbox ends by itself. */
const TTL_SEC = 300;

interface Exec {
  readonly success: boolean;
  readonly output: string;
  readonly error: string | null;
}

/** Uses the server as a client would: a sandbox, Python, a shell command; then removes what it made. */
export const prove = async (api: Api): Promise<Proof> => {
  const profile = await usableProfile(api);
  const startedAt = performance.now();
  const { body: sandbox } = await api.post<{ id: string }>('/v1/sandboxes', { profile, ttl: TTL_SEC }, CALL_TIMEOUT_MS);
  const path = `/v1/sandboxes/${sandbox.id}`;
  try {
    await expectOutput(api, `${path}/python/exec`, { code: 'print(6 * 7)' }, '42');
    const firstResultMs = performance.now() - startedAt;
    await expectOutput(api, `${path}/shell/exec`, { command: 'echo bay' }, 'bay');
    return { firstResultMs, shellMs: performance.now() - startedAt - firstResultMs };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Bay runs, but its first sandbox did not work: ${describe(error)}`);
  } finally {
    await api.delete(path, CALL_TIMEOUT_MS).catch(() => undefined);
  }
};

/** The first profile that has Python and a shell. */
const usableProfile = async (api: Api): Promise<string> => {
  type Profiles = { items: { id: string; capabilities: string[] }[] };
  try {
    const { body } = await api.get<Profiles>('/v1/profiles');
    const found = body.items.find(
      ({ capabilities }) => capabilities.includes('python') && capabilities.includes('shell'),
    );
    if (found) return found.id;
  } catch (error) {
    throw new Failure(`Bay runs, but its API does not answer as it should: ${describe(error)}`);
  }
  throw new Failure('Bay runs, but no profile offers Python and a shell.');
};

const expectOutput = async (api: Api, path: string, body: unknown, expected: string): Promise<void> => {
  const { body: exec } = await api.post<Exec>(path, body, EXEC_TIMEOUT_MS);
  if (exec.success && exec.output.trim() === expected) return;
  throw new Failure(`Bay runs, but ${path} answered ${JSON.stringify(exec).slice(0, 400)} instead of ${expected}.`);
};

const describe = (error: unknown): string =>
  error instanceof ApiFailure ? `${error.status} ${error.code}: ${error.message}` : (error as Error).message;
