import { type KeyObject } from 'node:crypto';
import { type DriverName } from './driver-names.js';

/**
 * The parsed configuration, cut into what one module needs. Each slice is a class so that Nest can inject it by type; the
 * instances are frozen. Built by `load-config.ts`, the only reader of files and environment.
 */
import { type DatabaseKind } from './database-url.js';

export type { DatabaseKind };

export abstract class ServerConfig {
  /** Address to listen on. Default `127.0.0.1`. */
  abstract readonly host: string;
  /** Default 8114. */
  abstract readonly port: number;
  /** Directory of everything that Bay keeps: database, keys, sockets, local workspaces. Absolute. Default `.bay`. */
  abstract readonly dataDir: string;
}

export abstract class DatabaseConfig {
  abstract readonly kind: DatabaseKind;
  /** `sqlite:<absolute path>` or `postgresql://…`. Default `sqlite:<dataDir>/bay.db`. */
  abstract readonly url: string;
  /** Connections of one process to PostgreSQL. Default 10; all replicas together stay below its `max_connections`. */
  abstract readonly poolSize: number;
  /** After which PostgreSQL ends a statement, waiting for locks included, ms. Default 15 s; below a unit's deadline of 30 s. */
  abstract readonly statementTimeoutMs: number;
  /** For a connection to PostgreSQL, and for a free one while all are in use, ms. Default 5 s. */
  abstract readonly connectTimeoutMs: number;
}

export abstract class SecurityConfig {
  /** The key that clients send as `Authorization: Bearer <key>`; configured, or made at the first start. */
  abstract readonly apiKey: string;
  /** 32 bytes; session secrets derive from it. From `<dataDir>/instance.key` or `BAY_INSTANCE_KEY`. */
  abstract readonly instanceKey: Buffer;
}

export type TokenAlgorithm = (typeof SECRET_ALGORITHMS)[number] | (typeof PUBLIC_ALGORITHMS)[number];
export const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export const PUBLIC_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
] as const;

/** Tokens (JWT) of one issuer. */
export interface TokenConfig {
  /** What they are signed with: a secret that Bay shares, or the issuer's keys at a URL (JWKS). */
  readonly source:
    { readonly kind: 'secret'; readonly key: KeyObject } | { readonly kind: 'jwks'; readonly url: string };
  /** All of the source's kind. Default: every one that the secret is long enough for; RS, PS and ES. */
  readonly algorithms: readonly TokenAlgorithm[];
  /** What `aud` has to hold. */
  readonly audience: string;
  /** What `iss` has to be; null: anything. */
  readonly issuer: string | null;
  /** Names or paths of claims. Default `sub`, `scope`, `role`. */
  readonly claims: { readonly owner: string; readonly scopes: string; readonly role: string };
  /** The word in the role's claim that makes an administrator. Default `admin`. */
  readonly adminRole: string;
  /** How far the issuer's clock may be off, seconds. Default 5. */
  readonly toleranceSec: number;
}

export abstract class AccessConfig {
  /** Whether programs on this machine get in without a key, as an ordinary user. Never true off the loopback. Default false. */
  abstract readonly allowsAnonymous: boolean;
  /** null: there are no tokens. Default null. */
  abstract readonly tokens: TokenConfig | null;
}

export abstract class DriverConfig {
  /** `auto`: `docker-host` where a Docker engine answers, otherwise `local`. A package is a driver of somebody else. */
  abstract readonly name: DriverName | 'auto';
  /** `unix:///var/run/docker.sock`, or what DOCKER_HOST says. */
  abstract readonly dockerHost: string;
  /**
   * Podman's API socket: what CONTAINER_HOST says, else `unix:///run/podman/podman.sock` for root and
   * `unix://$XDG_RUNTIME_DIR/podman/podman.sock` for everybody else.
   */
  abstract readonly podmanHost: string;
  /** Interpreter with IPython for the local driver. Default `<dataDir>/python/bin/python`. */
  abstract readonly localPython: string;
  /** The agent's bundle, for the local driver: `runtimes/ship/dist`. */
  abstract readonly shipBundleDir: string;
}

/** How many at the same time; 0: any number. */
export interface Quota {
  readonly perOwner: number;
  /** Of all owners together. */
  readonly total: number;
}

export abstract class LimitsConfig {
  /**
   * - `sandboxes`: not deleted. Rows, and files of those that were used. Default 5000 and 20000: a client that creates in a
   *   loop is stopped before tables and disk are full.
   * - `running`: starting or running. Default 200 and 500: an idle one needs 40 MiB, so that 200 are 8 GiB.
   * - `executions`: in flight, in one process. Default 250 and 500: each holds a connection and up to `output` bytes.
   */
  abstract readonly quotas: Readonly<Record<'sandboxes' | 'running' | 'executions', Quota>>;

  /** Largest JSON body, bytes. Default 16 MiB. */
  abstract readonly bodyBytes: number;
  /** Largest uploaded file, bytes. Default 10 GiB. */
  abstract readonly uploadBytes: number;
  /** Largest file that `GET filesystem/files` answers as text, bytes. Default 16 MiB. */
  abstract readonly readBytes: number;
  /** Output of one execution kept for the answer, bytes; the rest is cut and said. Default 1 MiB. */
  abstract readonly outputBytes: number;
  /** Longest `ttl` and `extend_by`, seconds. Default 365 days. */
  abstract readonly maxTtlSec: number;
  /** Size of a workspace that names none, MiB. Default 1024. */
  abstract readonly workspaceSizeMb: number;
}

/** The older API. */
export abstract class ShipsConfig {
  /** Where no more may run: `reject` answers at once, `wait` queues the caller. Default `wait`. */
  abstract readonly behaviorAfterMax: 'reject' | 'wait';
  /** Of ships whose `spec` does not say. Null, the default: the profile's. */
  abstract readonly cpus: number | null;
  abstract readonly memoryBytes: number | null;
  /** Null: `cargo.default_size_limit_mb`. */
  abstract readonly diskMb: number | null;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export abstract class TelemetryConfig {
  /** Least level that is written. Default `info`: one line for each request. */
  abstract readonly logLevel: LogLevel;
  /** Coloured lines for people instead of JSON. Default false. */
  abstract readonly prettyLogs: boolean;
  /** Where spans are sent by OTLP over HTTP; null: nothing is traced. Default null. */
  abstract readonly tracesUrl: string | null;
  /** The name that the spans go under. Default `bay`. */
  abstract readonly serviceName: string;
}

export abstract class MetricsConfig {
  /** Where `/metrics` is served without a key; null: only behind the key, on the server's own port. Default null. */
  abstract readonly port: number | null;
  /** Address of that port. Default `127.0.0.1`. */
  abstract readonly host: string;
  /** How many sandboxes have series of their own, the most recently active ones; 0: none. Default 100. */
  abstract readonly sandboxesLimit: number;
}

export abstract class LifecycleConfig {
  /** From create to an answering agent, ms. Default 60 s. */
  abstract readonly startTimeoutMs: number;
  /** How long stop and delete wait for the engine before they answer, ms. Default 1500. */
  abstract readonly stopWaitMs: number;
  /** How long a lease holds without renewal, ms. Default 10 s; renewed every second. */
  abstract readonly leaseMs: number;
  /** Between sweeps (unfinished intents, expired, idle, orphans), ms. Default 5 s. */
  abstract readonly sweepIntervalMs: number;
  /** Age before an object on the engine without a row is removed, ms. Default 60 s. */
  abstract readonly orphanGraceMs: number;
  /** How long an Idempotency-Key is kept, ms. Default 24 h. */
  abstract readonly idempotencyTtlMs: number;
}

export abstract class HistoryConfig {
  /** How long an entry stays, ms. Default 30 days. */
  abstract readonly keepMs: number;
  /** Newest entries kept of one sandbox. Default 10 000. */
  abstract readonly perSandbox: number;
  /** Newest entries kept of one owner. Default 200 000: at some 500 bytes each 100 MB. */
  abstract readonly perOwner: number;
  /** Newest outputs kept in full of one sandbox, each up to twice `limits.output`. Default 100. */
  abstract readonly payloadsPerSandbox: number;
}

/** What the collector cleans up, by the names that `/v1/admin/gc` and the configuration know. */
export const GC_TASKS = ['idle_session', 'expired_sandbox', 'orphan_cargo', 'orphan_container'] as const;
export type GcTask = (typeof GC_TASKS)[number];

export abstract class GcConfig {
  /** False: tasks run only when an administrator asks. Default true. */
  abstract readonly isEnabled: boolean;
  /** Once as Bay starts. Default true. */
  abstract readonly runsAtStart: boolean;
  /** A task that is false never runs. Default: all true. */
  abstract readonly tasks: Readonly<Record<GcTask, boolean>>;
}

export abstract class WarmPoolConfig {
  /** False: no profile has spares, and those that are there are removed. Default true. */
  abstract readonly isEnabled: boolean;
  /** Most spares of all profiles together; 0: as many as their sizes say. Default 0. */
  abstract readonly maxSpares: number;
  /** Between two looks at all pools, ms: what no event told is noticed then. Default 30 s. */
  abstract readonly sweepIntervalMs: number;
  /** Filled as Bay starts, and not only an interval later. Default true. */
  abstract readonly runsAtStart: boolean;
  /** Spares of one profile that start at the same time. Default 2: calls that wait for a start come first. */
  abstract readonly startsAtOnce: number;
}

/** The spares of a profile: started sandboxes that nobody has yet. */
export interface PoolProfile {
  /** How many there should be. Default 0: none. */
  readonly size: number;
  /** Age at which one is replaced, ms. Default 30 min. */
  readonly maxAgeMs: number;
  /** How long a create waits for a spare to say that it is well, ms. Default 200. */
  readonly claimTimeoutMs: number;
  readonly retry: PoolRetry;
}

/** What follows when spares fail to start one after another. */
export interface PoolRetry {
  /** Tries in a row; then a sweep's interval passes before the next. Default 3. */
  readonly attempts: number;
  /** Pause after the first failure, ms; doubles with each. Default 200. */
  readonly pauseMs: number;
  /** Longest such pause, ms. Default 5000. */
  readonly longestPauseMs: number;
  /** Failures in a row after which it is tried once in five minutes only. Default 10. */
  readonly breakerAfter: number;
}

export interface ContainerProfile {
  readonly name: string;
  readonly image: string;
  readonly runtime: 'ship';
  readonly port: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** As configured (`1g`), for showing. */
  readonly memory: string;
  readonly pids: number;
  readonly capabilities: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Profile {
  readonly id: string;
  readonly description: string | null;
  readonly idleTimeoutSec: number;
  readonly egress: 'open' | 'none';
  readonly pool: PoolProfile;
  /** In the order that clients see. */
  readonly capabilities: readonly string[];
  /** The first is the primary one. */
  readonly containers: readonly [ContainerProfile, ...ContainerProfile[]];
}

export abstract class ProfilesConfig {
  abstract readonly profiles: readonly Profile[];
}
