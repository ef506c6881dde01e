import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type ListenAddress = { unix: string } | { port: number };

/** What the agent's environment says; see `AGENT_ENV` of the protocol. */
export interface Settings {
  listen: ListenAddress;
  secret: string;
  workspace: string;
  python: string;
  /** For pipes and spill files; the agent's alone, emptied at its start. */
  stateDir: string;
  /** PATH of everything the agent starts. */
  path: string;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** @throws Error with a sentence for the operator when a value is missing or wrong */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  return {
    listen: parseListen(env['BAY_LISTEN'] ?? 'unix:/run/bay/agent.sock'),
    secret: readSecret(env['BAY_SECRET_FILE'] ?? '/run/bay/secret'),
    workspace: env['BAY_WORKSPACE_PATH'] ?? '/workspace',
    python: env['BAY_PYTHON'] ?? '/opt/venv/bin/python',
    stateDir: join(env['BAY_STATE_DIR'] ?? join(tmpdir(), `bay-ship-${process.getuid?.() ?? 0}`), 'agent'),
    path: env['PATH'] ?? DEFAULT_PATH,
  };
}

function parseListen(value: string): ListenAddress {
  const [, kind, rest = ''] = /^(unix|tcp):(.+)$/.exec(value) ?? [];
  if (kind === 'unix') return { unix: rest };
  const port = Number(rest);
  if (kind === 'tcp' && Number.isInteger(port) && port > 0 && port < 65_536) return { port };
  throw new Error(`BAY_LISTEN is '${value}': expected unix:<path> or tcp:<port>.`);
}

function readSecret(path: string): string {
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < 16) throw new Error(`The secret in ${path} is shorter than 16 characters.`);
  return secret;
}
