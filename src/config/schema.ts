import * as v from 'valibot';
import { environment, flag, ignored, matching, oneOf, positive, size, text, whole } from './scalars.js';
import { PUBLIC_ALGORITHMS, SECRET_ALGORITHMS } from './slices.js';

/**
 * Every key that a configuration may hold, with its default. What is `ignored()` belongs to configurations of the older
 * generation, which are accepted as they are.
 */
const maybe = <T extends v.GenericSchema>(schema: T) => v.nullish(schema);
const section = <E extends v.ObjectEntries>(entries: E) =>
  v.optional(v.object(entries, 'must be a section with keys.'), {} as v.InferInput<v.ObjectSchema<E, undefined>>);

const DAY_SEC = 86_400;
const HTTP_URL = /^https?:\/\/[^\s/]+\S*$/;
const CAPABILITY = matching(/^[a-z][a-z0-9_]{0,31}$/, 'a capability such as python');
const CAPABILITIES = v.array(CAPABILITY, 'must be a list.');

const RESOURCES = v.object(
  { cpus: maybe(positive(1024)), memory: maybe(size(2 ** 24)), pids: maybe(whole(16, 1_000_000)) },
  'must be a section with keys.',
);

const PROXY = v.object(
  {
    enabled: v.optional(flag(), false),
    http_proxy: maybe(text()),
    https_proxy: maybe(text()),
    no_proxy: maybe(text()),
  },
  'must be a section with keys.',
);

const RUNTIME_KEYS = {
  image: maybe(text()),
  runtime_type: maybe(text()),
  runtime_port: maybe(whole(1, 65_535)),
  resources: maybe(RESOURCES),
  capabilities: maybe(CAPABILITIES),
  env: maybe(environment()),
  proxy: maybe(PROXY),
};

const CONTAINER = v.object(
  {
    ...RUNTIME_KEYS,
    name: matching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'a host name: small letters, digits and dashes, at most 40'),
    image: text(),
    primary_for: maybe(CAPABILITIES),
    health_check_path: maybe(ignored('/health')),
  },
  'must be a section with keys.',
);

const PROFILE = v.object(
  {
    ...RUNTIME_KEYS,
    id: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name: letters, digits, dots, dashes, at most 63'),
    description: maybe(text()),
    containers: maybe(v.pipe(v.array(CONTAINER, 'must be a list.'), v.minLength(1, 'must not be empty.'))),
    idle_timeout: maybe(whole(1, 365 * DAY_SEC)),
    egress: maybe(oneOf(['open', 'none'])),
    startup: maybe(ignored()),
    browser: maybe(ignored()),
    warm_pool_size: maybe(whole(0, 10_000)),
    warm_rotate_ttl: maybe(whole(1, 365 * DAY_SEC)),
    warm_claim_timeout_ms: maybe(whole(1, 60_000)),
    warmup_retry_max_attempts: maybe(whole(1, 1000)),
    warmup_retry_backoff_base_ms: maybe(whole(1, 3_600_000)),
    warmup_retry_backoff_max_ms: maybe(whole(1, 3_600_000)),
    warmup_circuit_breaker_threshold: maybe(whole(1, 1000)),
  },
  'must be a section with keys.',
);

export const CONFIG = v.object(
  {
    server: section({
      host: v.optional(text(), '127.0.0.1'),
      port: v.optional(whole(0, 65_535), 8114),
      data_dir: v.optional(text(), '.bay'),
    }),
    database: section({
      url: maybe(text()),
      pool_size: v.optional(whole(2, 1000), 10),
      statement_timeout_seconds: v.optional(positive(25), 15),
      connect_timeout_seconds: v.optional(positive(60), 5),
      echo: maybe(ignored()),
    }),
    driver: section({
      type: v.optional(text(), 'auto'),
      docker: section({
        socket: v.optional(text(), 'unix:///var/run/docker.sock'),
        network: maybe(ignored()),
        connect_mode: maybe(ignored()),
        host_address: maybe(ignored()),
        publish_ports: maybe(ignored()),
        host_port: maybe(ignored()),
      }),
      podman: section({ socket: maybe(text()) }),
      local: section({ python: maybe(text()), ship_bundle_dir: maybe(text()) }),
      image_pull_policy: maybe(ignored()),
      k8s: maybe(ignored()),
    }),
    security: section({
      api_key: maybe(matching(/^[\x21-\x7e]{1,512}$/, '1 to 512 printable characters without spaces')),
      instance_key: maybe(matching(/^[0-9a-fA-F]{64}$/, '32 bytes as 64 hex digits: openssl rand -hex 32')),
      allow_anonymous: v.optional(flag(), false),
      jwt: section({
        secret: maybe(matching(/^[\x21-\x7e]{32,1024}$/, '32 to 1024 printable characters without spaces')),
        jwks_url: maybe(matching(HTTP_URL, 'a URL such as https://issuer.example/.well-known/jwks.json')),
        algorithms: maybe(
          v.pipe(
            v.array(oneOf([...SECRET_ALGORITHMS, ...PUBLIC_ALGORITHMS]), 'must be a list.'),
            v.minLength(1, 'must not be empty.'),
          ),
        ),
        audience: maybe(text()),
        issuer: maybe(text()),
        owner_claim: v.optional(text(), 'sub'),
        scopes_claim: v.optional(text(), 'scope'),
        role_claim: v.optional(text(), 'role'),
        admin_role: v.optional(text(), 'admin'),
        clock_tolerance_seconds: v.optional(whole(0, 300), 5),
      }),
      blocked_hosts: maybe(ignored()),
    }),
    limits: section({
      body: v.optional(size(1024), '16m'),
      upload: v.optional(size(1024), '10g'),
      read: v.optional(size(1024), '16m'),
      output: v.optional(size(1024), '1m'),
      sandboxes_per_owner: v.optional(whole(0, 10_000_000), 5_000),
      sandboxes: v.optional(whole(0, 10_000_000), 20_000),
      running_per_owner: v.optional(whole(0, 1_000_000), 200),
      running: v.optional(whole(0, 1_000_000), 500),
      executions_per_owner: v.optional(whole(0, 1_000_000), 250),
      executions: v.optional(whole(0, 1_000_000), 500),
      behavior_after_max_ship: v.optional(oneOf(['reject', 'wait']), 'wait'),
      max_ttl_seconds: v.optional(whole(60, 10 * 365 * DAY_SEC), 365 * DAY_SEC),
    }),
    ships: section({
      default_cpus: maybe(positive(1024)),
      default_memory: maybe(size(2 ** 24)),
      default_disk: maybe(size(2 ** 20)),
      default_ttl: maybe(ignored()),
    }),
    lifecycle: section({
      start_timeout_seconds: v.optional(positive(3600), 60),
      stop_wait_seconds: v.optional(positive(60), 1.5),
      lease_seconds: v.optional(positive(3600), 10),
      orphan_grace_seconds: v.optional(positive(DAY_SEC), 60),
    }),
    idempotency: section({ enabled: v.optional(flag(), true), ttl_hours: v.optional(positive(24 * 365), 24) }),
    history: section({
      keep_days: v.optional(positive(10 * 365), 30),
      per_sandbox: v.optional(whole(1, 10_000_000), 10_000),
      per_owner: v.optional(whole(1, 100_000_000), 200_000),
      payloads_per_sandbox: v.optional(whole(0, 1_000_000), 100),
    }),
    gc: section({
      interval_seconds: v.optional(positive(DAY_SEC), 5),
      enabled: v.optional(flag(), true),
      run_on_startup: v.optional(flag(), true),
      instance_id: maybe(ignored()),
      idle_session: section({ enabled: v.optional(flag(), true) }),
      expired_sandbox: section({ enabled: v.optional(flag(), true) }),
      orphan_cargo: section({ enabled: v.optional(flag(), true) }),
      orphan_container: section({ enabled: v.optional(flag(), true) }),
    }),
    cargo: section({
      default_size_limit_mb: v.optional(whole(1, 65_536), 1024),
      root_path: maybe(ignored()),
      host_root_path: maybe(ignored()),
      mount_path: maybe(ignored('/workspace')),
    }),
    log: section({
      level: v.optional(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info'),
      pretty: v.optional(flag(), false),
    }),
    telemetry: section({
      otlp_endpoint: maybe(matching(HTTP_URL, 'a URL such as http://127.0.0.1:4318')),
      otlp_traces_endpoint: maybe(matching(HTTP_URL, 'a URL such as http://127.0.0.1:4318/v1/traces')),
      service_name: v.optional(text(), 'bay'),
    }),
    metrics: section({
      port: maybe(whole(0, 65_535)),
      host: v.optional(text(), '127.0.0.1'),
      sandboxes_limit: v.optional(whole(0, 10_000), 100),
    }),
    ship_image: v.optional(text(), 'ship:latest'),
    profiles: v.optional(v.pipe(v.array(PROFILE, 'must be a list.'), v.minLength(1, 'must not be empty.')), [
      { id: 'python-default' },
    ]),
    warm_pool: section({
      enabled: v.optional(flag(), true),
      size: v.optional(whole(0, 10_000), 0),
      max_size: v.optional(whole(0, 10_000), 0),
      interval_seconds: v.optional(positive(DAY_SEC), 30),
      run_on_startup: v.optional(flag(), true),
      warmup_queue_workers: v.optional(whole(1, 64), 2),
      warmup_queue_max_size: maybe(ignored()),
      warmup_queue_drop_policy: maybe(ignored()),
      warmup_queue_drop_alert_threshold: maybe(ignored()),
    }),
    browser_learning: maybe(ignored()),
    browser_auto_release_enabled: maybe(ignored()),
    browser_service: maybe(ignored()),
    proxy: maybe(PROXY),
  },
  'must be a mapping of sections.',
);

export type RawConfig = v.InferOutput<typeof CONFIG>;
export type RawProfile = v.InferOutput<typeof PROFILE>;
export type RawProxy = v.InferOutput<typeof PROXY>;
export type RawContainer = v.InferOutput<typeof CONTAINER>;
