import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { accessOf } from './access.js';
import { ConfigError, type ConfigProblem } from './config-error.js';
import { type DatabaseLocation, locateDatabase } from './database-url.js';
import { isDriverName, unknownDriver } from './driver-names.js';
import { addEnvironment, type Env, readEnv } from './environment.js';
import { INSTALL_DIR } from './install-dir.js';
import { podmanSocket } from './podman-socket.js';
import { deepFreeze, normaliseProfiles } from './profiles.js';
import { CONFIG, type RawConfig } from './schema.js';
import { ensureCredentials, ensureDataDir, ensureInstanceKey } from './secret-files.js';
import type * as slices from './slices.js';
import { isTree, Layers, type Path, showPath } from './tree.js';
import { findStrayKeys } from './unknown-keys.js';

const SYSTEM_FILE = '/etc/bay/config.yaml';
/** Configured keys of older installations may be shorter; they are accepted and remarked on. */
const GUESSABLE = 16;

export interface Surroundings {
  readonly env: Env;
  /** Relative paths start here; `.env` and `config.yaml` are looked for here. */
  readonly cwd: string;
  /** Read when there is no other file. Default `/etc/bay/config.yaml`. */
  readonly systemFile?: string;
}

/** The checked configuration without its secrets: nothing was written to make it. */
export interface ReadConfig {
  readonly server: slices.ServerConfig;
  readonly database: slices.DatabaseConfig;
  readonly driver: slices.DriverConfig;
  readonly access: slices.AccessConfig;
  readonly limits: slices.LimitsConfig;
  readonly ships: slices.ShipsConfig;
  readonly lifecycle: slices.LifecycleConfig;
  readonly history: slices.HistoryConfig;
  readonly gc: slices.GcConfig;
  readonly warmPool: slices.WarmPoolConfig;
  readonly telemetry: slices.TelemetryConfig;
  readonly metrics: slices.MetricsConfig;
  readonly profiles: slices.ProfilesConfig;
  /** For the log at start: keys without effect, profiles left out. */
  readonly notices: readonly string[];
  readonly configured: { readonly apiKey: string | undefined; readonly instanceKey: Buffer | undefined };
}

export interface LoadedConfig extends Omit<ReadConfig, 'configured'> {
  readonly security: slices.SecurityConfig;
  /** Where the API key comes from, for people: `configured`, or the path of `credentials.json`. */
  readonly apiKeySource: string;
}

/**
 * Everything that Bay is told, checked: defaults < `config/default.yaml` < one file (`BAY_CONFIG_FILE`, else
 * `config.yaml` here, else `/etc/bay/config.yaml`) < environment (`.env` included). Makes the data directory and, at the first start, the secrets that nobody configured.
 * Throws one {@link ConfigError} with all problems.
 */
export function loadConfig(surroundings: Surroundings): LoadedConfig {
  const { configured, ...config } = readConfig(surroundings);
  const { dataDir, host, port } = config.server;
  ensureDataDir(dataDir);
  const instanceKey = configured.instanceKey ?? ensureInstanceKey(dataDir);
  const credentials = configured.apiKey
    ? { apiKey: configured.apiKey, file: 'configured' }
    : ensureCredentials(dataDir, `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`);
  return Object.freeze({
    ...config,
    security: Object.freeze({ apiKey: credentials.apiKey, instanceKey }),
    apiKeySource: credentials.file,
  });
}

/** The part of {@link loadConfig} that writes nothing. */
export function readConfig({ env: given, cwd, systemFile = SYSTEM_FILE }: Surroundings): ReadConfig {
  const env = readEnv(given, cwd);
  const layers = new Layers();
  const problems = [...addFiles(layers, fileOf({ env, cwd, systemFile })), ...addEnvironment(layers, env, cwd)];
  const stray = findStrayKeys(CONFIG, layers.tree);
  for (const { path, suggestion } of stray.unknown) {
    const hint = suggestion ? `Did you mean ${showPath([...path.slice(0, -1), suggestion])}?` : undefined;
    problems.push(problemAt(layers, path, 'there is no such key.', hint));
  }
  const parsed = v.safeParse(CONFIG, layers.tree);
  if (!parsed.success) {
    problems.push(...parsed.issues.map((issue) => problemAt(layers, pathOf(issue), issue.message)));
    throw new ConfigError(problems);
  }
  const notices = stray.ignored.map(
    (path) => `${showPath(path)} (${layers.sourceOf(path) ?? 'default'}) has no effect in this version.`,
  );
  return assemble(parsed.output, { cwd, env, layers, problems, notices });
}

function addFiles(layers: Layers, file: string | undefined): ConfigProblem[] {
  const problems = addFile(layers, join(INSTALL_DIR, 'config', 'default.yaml'));
  return file === undefined ? problems : [...problems, ...addFile(layers, file)];
}

function fileOf({ env, cwd, systemFile }: Required<Surroundings>): string | undefined {
  const named = env['BAY_CONFIG_FILE'];
  return named === undefined ? [join(cwd, 'config.yaml'), systemFile].find(existsSync) : resolve(cwd, named);
}

function addFile(layers: Layers, file: string): ConfigProblem[] {
  if (!existsSync(file)) return [{ path: file, message: 'does not exist.', hint: 'Correct BAY_CONFIG_FILE.' }];
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.errors.length > 0) return document.errors.map(({ message }) => ({ path: file, message }));
  const tree: unknown = document.toJS();
  if (isTree(tree)) layers.add(tree, file);
  else if (tree !== null) return [{ path: file, message: 'must be a mapping of sections.' }];
  return [];
}

function problemAt(layers: Layers, path: Path, message: string, hint?: string): ConfigProblem {
  const source = layers.sourceOf(path);
  return { path: showPath(path), message, ...(source ? { source } : {}), ...(hint ? { hint } : {}) };
}

const pathOf = (issue: v.BaseIssue<unknown>): Path =>
  (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

interface Assembly {
  readonly cwd: string;
  readonly env: Env;
  readonly layers: Layers;
  readonly problems: ConfigProblem[];
  readonly notices: string[];
}

function assemble(raw: RawConfig, { cwd, env, layers, problems, notices }: Assembly): ReadConfig {
  const dataDir = resolve(cwd, raw.server.data_dir);
  const database = locateDatabase(raw.database.url ?? `sqlite:${join(dataDir, 'bay.db')}`, cwd);
  if (database === undefined) {
    const hint = 'Bay keeps its rows in sqlite:<path of a file> or postgresql://user:password@host:5432/database.';
    problems.push(problemAt(layers, ['database', 'url'], 'names a database that is not supported.', hint));
  }
  if (database?.kind === 'postgres') problems.push(...missingKeys(raw, layers));
  const name = driverName(raw.driver.type);
  if (!name) {
    const { message, hint } = unknownDriver(raw.driver.type);
    problems.push(problemAt(layers, ['driver', 'type'], message, hint));
  }
  if (raw.security.api_key && raw.security.api_key.length < GUESSABLE) {
    notices.push(
      `security.api_key has fewer than ${GUESSABLE} characters: easy to guess. Without one Bay makes its own.`,
    );
  }
  if (raw.driver.type === 'docker') notices.push('driver.type docker is served by docker-host.');
  const access = accessOf(raw);
  notices.push(...access.notices);
  problems.push(...access.problems.map(({ path, message, hint }) => problemAt(layers, path, message, hint)));
  const written = layers.tree['profiles'];
  const offered = normaliseProfiles(raw, Array.isArray(written) ? written : []);
  problems.push(...offered.problems);
  if (problems.length > 0 || !database || !name) throw new ConfigError(problems);
  return {
    ...plainSlices(raw, dataDir),
    ships: shipsSlice(raw),
    database: databaseSlice(raw, database),
    driver: Object.freeze({
      name,
      dockerHost: socketUrl(raw.driver.docker.socket),
      podmanHost: socketUrl(raw.driver.podman.socket ?? podmanSocket(env, process.getuid?.())),
      localPython: resolve(cwd, raw.driver.local.python ?? join(dataDir, 'python', 'bin', 'python')),
      shipBundleDir: resolve(cwd, raw.driver.local.ship_bundle_dir ?? join(INSTALL_DIR, 'runtimes', 'ship', 'dist')),
    }),
    access: access.access,
    profiles: deepFreeze({ profiles: offered.profiles }),
    notices: Object.freeze([...notices, ...offered.notices]),
    configured: {
      apiKey: raw.security.api_key ?? undefined,
      instanceKey: raw.security.instance_key ? Buffer.from(raw.security.instance_key, 'hex') : undefined,
    },
  };
}

/** Replicas share what they must agree on through their configuration: none of them makes a key that the others lack. */
function missingKeys({ security }: RawConfig, layers: Layers): ConfigProblem[] {
  const missing = (key: string, hint: string): ConfigProblem =>
    problemAt(layers, ['security', key], 'must be set with PostgreSQL: every replica needs the same.', hint);
  return [
    ...(security.instance_key ? [] : [missing('instance_key', 'BAY_INSTANCE_KEY=$(openssl rand -hex 32), kept.')]),
    ...(security.api_key ? [] : [missing('api_key', 'BAY_API_KEY, of 16 characters or more.')]),
  ];
}

const databaseSlice = (raw: RawConfig, { kind, url }: DatabaseLocation): slices.DatabaseConfig =>
  Object.freeze({
    kind,
    url,
    poolSize: raw.database.pool_size,
    statementTimeoutMs: seconds(raw.database.statement_timeout_seconds),
    connectTimeoutMs: seconds(raw.database.connect_timeout_seconds),
  });

function plainSlices(
  raw: RawConfig,
  dataDir: string,
): Pick<ReadConfig, 'server' | 'limits' | 'lifecycle' | 'history' | 'gc' | 'warmPool' | 'telemetry' | 'metrics'> {
  return {
    server: Object.freeze({ host: raw.server.host, port: raw.server.port, dataDir }),
    limits: deepFreeze({
      quotas: {
        sandboxes: { perOwner: raw.limits.sandboxes_per_owner, total: raw.limits.sandboxes },
        running: { perOwner: raw.limits.running_per_owner, total: raw.limits.running },
        executions: { perOwner: raw.limits.executions_per_owner, total: raw.limits.executions },
      },
      bodyBytes: raw.limits.body,
      uploadBytes: raw.limits.upload,
      readBytes: raw.limits.read,
      outputBytes: raw.limits.output,
      maxTtlSec: raw.limits.max_ttl_seconds,
      workspaceSizeMb: raw.cargo.default_size_limit_mb,
    }),
    lifecycle: Object.freeze({
      startTimeoutMs: seconds(raw.lifecycle.start_timeout_seconds),
      stopWaitMs: seconds(raw.lifecycle.stop_wait_seconds),
      leaseMs: seconds(raw.lifecycle.lease_seconds),
      sweepIntervalMs: seconds(raw.gc.interval_seconds),
      orphanGraceMs: seconds(raw.lifecycle.orphan_grace_seconds),
      idempotencyTtlMs: raw.idempotency.enabled ? seconds(raw.idempotency.ttl_hours * 3600) : 0,
    }),
    history: Object.freeze({
      keepMs: seconds(raw.history.keep_days * 86_400),
      perSandbox: raw.history.per_sandbox,
      perOwner: raw.history.per_owner,
      payloadsPerSandbox: raw.history.payloads_per_sandbox,
    }),
    gc: deepFreeze({
      isEnabled: raw.gc.enabled,
      runsAtStart: raw.gc.run_on_startup,
      tasks: {
        idle_session: raw.gc.idle_session.enabled,
        expired_sandbox: raw.gc.expired_sandbox.enabled,
        orphan_cargo: raw.gc.orphan_cargo.enabled,
        orphan_container: raw.gc.orphan_container.enabled,
      },
    }),
    warmPool: warmPoolSlice(raw.warm_pool),
    metrics: Object.freeze({
      port: raw.metrics.port ?? null,
      host: raw.metrics.host,
      sandboxesLimit: raw.metrics.sandboxes_limit,
    }),
    telemetry: Object.freeze({
      logLevel: raw.log.level,
      prettyLogs: raw.log.pretty,
      tracesUrl: tracesUrl(raw.telemetry),
      serviceName: raw.telemetry.service_name,
    }),
  };
}

const warmPoolSlice = (raw: RawConfig['warm_pool']): slices.WarmPoolConfig =>
  Object.freeze({
    isEnabled: raw.enabled,
    maxSpares: raw.max_size,
    sweepIntervalMs: seconds(raw.interval_seconds),
    runsAtStart: raw.run_on_startup,
    startsAtOnce: raw.warmup_queue_workers,
  });

const shipsSlice = ({ limits, ships }: RawConfig): slices.ShipsConfig =>
  Object.freeze({
    behaviorAfterMax: limits.behavior_after_max_ship,
    cpus: ships.default_cpus ?? null,
    memoryBytes: ships.default_memory ?? null,
    diskMb: ships.default_disk ? Math.ceil(ships.default_disk / 2 ** 20) : null,
  });

/** The general endpoint has a path for each signal, the one for traces is the whole URL: OpenTelemetry's rule. */
function tracesUrl({ otlp_traces_endpoint: traces, otlp_endpoint: base }: RawConfig['telemetry']): string | null {
  return traces ?? (base ? `${base.replace(/\/+$/, '')}/v1/traces` : null);
}

const seconds = (count: number): number => Math.round(count * 1000);

/** The older generation's `docker` publishes ports on the host, which is what docker-host does. */
function driverName(written: string): slices.DriverConfig['name'] | undefined {
  if (written === 'docker') return 'docker-host';
  return written === 'auto' || isDriverName(written) ? written : undefined;
}

/** A bare path is a socket. */
const socketUrl = (written: string): string => (written.startsWith('/') ? `unix://${written}` : written);
