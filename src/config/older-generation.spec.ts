import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { INSTALL_DIR } from './install-dir.js';
import { type ReadConfig, readConfig } from './load-config.js';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'bay-config-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

// JSON is YAML.
const read = (tree: unknown, env: Record<string, string> = {}): ReadConfig => {
  writeFileSync(join(cwd, 'config.yaml'), typeof tree === 'string' ? tree : JSON.stringify(tree));
  return readConfig({ env, cwd });
};
const problems = (tree: unknown, env: Record<string, string> = {}) => {
  try {
    read(tree, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

/** Every key of the older generation with a value that is not its default. */
const KEYS: [path: string, value: unknown][] = [
  ['server.host', '0.0.0.0'],
  ['server.port', 9000],
  ['database.url', 'sqlite:other.db'],
  ['database.echo', true],
  ['driver.type', 'local'],
  ['driver.image_pull_policy', 'always'],
  ['driver.docker.socket', 'unix:///run/other.sock'],
  ['driver.docker.network', 'bay-network'],
  ['driver.docker.connect_mode', 'host_port'],
  ['driver.docker.host_address', '10.1.1.1'],
  ['driver.docker.publish_ports', false],
  ['driver.docker.host_port', 9123],
  ['driver.k8s.namespace', 'mine'],
  ['driver.k8s.kubeconfig', '/etc/kubeconfig'],
  ['driver.k8s.storage_class', 'fast'],
  ['driver.k8s.default_storage_size', '2Gi'],
  ['driver.k8s.image_pull_secrets', ['secret']],
  ['driver.k8s.pod_startup_timeout', 61],
  ['driver.k8s.label_prefix', 'mine'],
  ['cargo.root_path', '/srv/cargos'],
  ['cargo.host_root_path', '/srv/cargos'],
  ['cargo.default_size_limit_mb', 7],
  ['cargo.mount_path', '/work'],
  ['security.api_key', 'a-key-of-their-own'],
  ['security.allow_anonymous', true],
  ['security.blocked_hosts', ['10.0.0.0/8']],
  ['idempotency.enabled', false],
  ['idempotency.ttl_hours', 2],
  ['gc.enabled', false],
  ['gc.run_on_startup', false],
  ['gc.interval_seconds', 300],
  ['gc.instance_id', 'bay-1'],
  ['gc.idle_session.enabled', false],
  ['gc.expired_sandbox.enabled', false],
  ['gc.orphan_cargo.enabled', false],
  ['gc.orphan_container.enabled', false],
  ['warm_pool.enabled', false],
  ['warm_pool.warmup_queue_workers', 3],
  ['warm_pool.warmup_queue_max_size', 100],
  ['warm_pool.warmup_queue_drop_policy', 'drop_oldest'],
  ['warm_pool.warmup_queue_drop_alert_threshold', 5],
  ['warm_pool.interval_seconds', 31],
  ['warm_pool.run_on_startup', false],
  ['browser_learning.enabled', false],
  ['browser_learning.run_on_startup', false],
  ['browser_learning.interval_seconds', 301],
  ['browser_learning.batch_size', 21],
  ['browser_learning.score_threshold', 0.9],
  ['browser_learning.replay_success_threshold', 0.9],
  ['browser_learning.min_samples', 31],
  ['browser_learning.canary_window_hours', 25],
  ['browser_learning.success_drop_threshold', 0.1],
  ['browser_learning.error_rate_multiplier_threshold', 3],
  ['browser_auto_release_enabled', false],
  ['browser_service.enabled', true],
  ['browser_service.endpoint', 'http://gull:1'],
  ['proxy.enabled', true],
  ['proxy.http_proxy', 'http://proxy.example:1'],
  ['proxy.https_proxy', 'http://proxy.example:1'],
  ['proxy.no_proxy', 'example.com'],
  ['profiles[0].id', 'mine'],
  ['profiles[0].description', 'words'],
  ['profiles[0].image', 'ship:other'],
  ['profiles[0].runtime_type', 'gull'],
  ['profiles[0].runtime_port', 9000],
  ['profiles[0].resources.cpus', 3],
  ['profiles[0].resources.memory', '3g'],
  ['profiles[0].capabilities', ['python']],
  ['profiles[0].env', { A: 'b' }],
  ['profiles[0].proxy', { enabled: false }],
  ['profiles[0].containers', [{ name: 'other', image: 'ship:latest' }]],
  ['profiles[0].startup', { order: 'sequential' }],
  ['profiles[0].idle_timeout', 60],
  ['profiles[0].warm_pool_size', 2],
  ['profiles[0].warm_rotate_ttl', 60],
  ['profiles[0].warm_claim_timeout_ms', 1],
  ['profiles[0].warmup_retry_max_attempts', 9],
  ['profiles[0].warmup_retry_backoff_base_ms', 9],
  ['profiles[0].warmup_retry_backoff_max_ms', 9],
  ['profiles[0].warmup_circuit_breaker_threshold', 9],
  ['profiles[0].browser', 'shared'],
  ['profiles[1].containers[0].name', 'other'],
  ['profiles[1].containers[0].image', 'ship:other'],
  ['profiles[1].containers[0].runtime_type', 'gull'],
  ['profiles[1].containers[0].runtime_port', 9000],
  ['profiles[1].containers[0].resources', { cpus: 3 }],
  ['profiles[1].containers[0].capabilities', ['shell']],
  ['profiles[1].containers[1].primary_for', ['python']],
  ['profiles[1].containers[0].env', { A: 'b' }],
  ['profiles[1].containers[0].proxy', { enabled: false }],
  ['profiles[1].containers[0].health_check_path', '/healthz'],
];

const container = (name: string) => ({ name, image: 'ship:latest', capabilities: ['python'] });
/** Switched on, so that what is inside of a section shows; two containers, so that routing does. */
const plain = (): Record<string, unknown> => ({
  proxy: { enabled: true },
  profiles: [{ id: 'short' }, { id: 'long', containers: [container('helper'), container('ship')] }, { id: 'last' }],
});
const unswitched = (path: string) =>
  path === 'proxy.enabled' ? { ...plain(), proxy: { http_proxy: 'http://p' } } : plain();

function put(tree: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(/[.[\]]+/).filter(Boolean);
  const last = keys.pop() ?? '';
  let at = tree;
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
  at[last] = value;
}

describe('every key of the older generation', () => {
  it.each(KEYS)('%s works, or the start says that it has no effect', (path, value) => {
    const before = read(unswitched(path));
    const tree = unswitched(path);
    put(tree, path, value);
    const { notices, ...after } = read(tree);
    const said = notices.filter((notice) => !before.notices.includes(notice));
    const works = JSON.stringify(after) !== JSON.stringify({ ...before, notices: undefined });
    // A section that is unknown as a whole is named once.
    const sections = path.split('.').map((_, index, keys) => keys.slice(0, index + 1).join('.'));
    const isSaid = said.some((notice) => sections.some((section) => notice.startsWith(`${section} `)));
    const isLeftOut = said.some((notice) => notice.includes('is left out'));
    expect({
      path,
      handled: works || isSaid || isLeftOut || said.some((notice) => notice.includes('calls go to')),
    }).toEqual({ path, handled: true });
  });
});

describe('a configuration of the older generation', () => {
  const yaml = readFileSync(join(INSTALL_DIR, 'test', 'fixtures', 'older-generation.yaml'), 'utf8');
  const find = (config: ReadConfig, id: string) => {
    const found = config.profiles.profiles.find((profile) => profile.id === id);
    if (!found) throw new Error(`There is no profile ${id}.`);
    return found;
  };

  it('is accepted as it is', () => {
    const config = read(yaml);
    expect(config.server.host).toBe('0.0.0.0');
    expect(config.gc.tasks.orphan_container).toBe(false);
    expect(config.limits.workspaceSizeMb).toBe(2048);
    expect(config.configured.apiKey).toBe('sk-bay-0123456789abcdef');
    expect(config.profiles.profiles.map(({ id }) => id)).toEqual(['python-default', 'bare', 'no-capabilities', 'long']);
  });

  it('loses to the environment, key by key', () => {
    const config = read(yaml, { BAY_GC__INTERVAL_SECONDS: '9', BAY_SERVER__HOST: '127.0.0.1' });
    expect(config.lifecycle.sweepIntervalMs).toBe(9000);
    expect(config.gc.tasks.orphan_container).toBe(false);
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8114 });
  });

  it('has the short form of profiles made whole', () => {
    const config = read(yaml);
    expect(find(config, 'python-default').capabilities).toEqual(['python', 'shell', 'filesystem']);
    for (const id of ['bare', 'no-capabilities']) {
      expect(find(config, id)).toMatchObject({
        capabilities: ['filesystem', 'shell', 'python'],
        containers: [{ name: 'primary', cpus: 1, memory: '1g', port: 8123 }],
      });
    }
    expect(find(config, 'bare').containers[0].image).toBe('ship:latest');
    expect(find(config, 'no-capabilities').containers[0].image).toBe('ship:other');
  });

  it('has the long form led by the container called ship, and is told what the others are not called for', () => {
    const config = read(yaml);
    expect(find(config, 'long')).toMatchObject({
      capabilities: ['filesystem', 'python', 'shell'],
      containers: [
        { name: 'ship', port: 8124, cpus: 2, memory: '2g' },
        { name: 'tools', port: 8123 },
      ],
    });
    expect(config.notices.filter((notice) => notice.includes('calls go to'))).toEqual([
      'profiles[3].containers: tools of the profile long is started, but calls go to ship alone. shell runs in ship.',
    ]);
    expect(config.notices).toContainEqual(expect.stringContaining('browser-python is left out'));
  });

  it('is not told about values that say what is done anyway', () => {
    const { notices } = read(yaml);
    expect(notices.join('\n')).not.toMatch(/mount_path|health_check_path/);
  });
});

describe('a proxy', () => {
  const NEAR =
    'localhost,127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,*.local,.svc,.svc.cluster.local,.pod.cluster.local';
  const both = (url: string) => ({ HTTP_PROXY: url, http_proxy: url });
  const near = (more = '') => ({ NO_PROXY: NEAR + more, no_proxy: NEAR + more });
  const envOf = (tree: { profile?: object; container?: object; proxy?: object }) => {
    const containers = [{ name: 'ship', image: 'ship:latest', ...tree.container }];
    const profile = { id: 'one', ...(tree.container ? { containers } : {}), ...tree.profile };
    return read({ ...(tree.proxy ? { proxy: tree.proxy } : {}), profiles: [profile] }).profiles.profiles[0]
      ?.containers[0].env;
  };
  const on = (http_proxy: string) => ({ enabled: true, http_proxy });

  it.each([
    ['none', {}, {}],
    ['one that is not switched on', { proxy: { http_proxy: 'http://g' } }, {}],
    ['one for everything', { proxy: on('http://g') }, { ...both('http://g'), ...near() }],
    [
      'one of its own',
      { proxy: on('http://g'), profile: { proxy: on('http://p') } },
      { ...both('http://p'), ...near() },
    ],
    ['none, by its own choice', { proxy: on('http://g'), profile: { proxy: { enabled: false } } }, {}],
    [
      "its container's",
      { proxy: on('http://g'), profile: { proxy: on('http://p') }, container: { proxy: on('http://c') } },
      { ...both('http://c'), ...near() },
    ],
    [
      'none, by the choice of its container',
      { proxy: on('http://g'), profile: { proxy: on('http://p') }, container: { proxy: { enabled: false } } },
      {},
    ],
    [
      'the nearest as a whole, without parts of the others',
      { proxy: { enabled: true, https_proxy: 'http://s', no_proxy: 'a.example' }, profile: { proxy: on('http://p') } },
      { ...both('http://p'), ...near() },
    ],
    [
      'names that are reached without it, besides those that are near',
      { proxy: { enabled: true, https_proxy: 'http://s', no_proxy: 'a.example,b.example' } },
      { HTTPS_PROXY: 'http://s', https_proxy: 'http://s', ...near(',a.example,b.example') },
    ],
    [
      'a variable of its own instead',
      { proxy: on('http://g'), profile: { env: { HTTP_PROXY: 'http://e' } } },
      { HTTP_PROXY: 'http://e', http_proxy: 'http://g', ...near() },
    ],
  ])('gives a profile %s', (_, tree, env) => expect(envOf(tree)).toEqual(env));
});

describe('unknown keys', () => {
  it.each([
    ['in a section', { gc: { idle_session: { enabeld: true } } }, 'gc.idle_session.enabeld', 'gc.idle_session.enabled'],
    ['in a proxy', { proxy: { http_poxy: 'x' } }, 'proxy.http_poxy', 'proxy.http_proxy'],
    [
      'in a container',
      { profiles: [{ id: 'a', containers: [{ name: 'b', image: 'c', capabilites: [] }] }] },
      'profiles[0].containers[0].capabilites',
      'profiles[0].containers[0].capabilities',
    ],
    [
      'in the resources of a container',
      { profiles: [{ id: 'a', containers: [{ name: 'b', image: 'c', resources: { cpu: 1 } }] }] },
      'profiles[0].containers[0].resources.cpu',
      'profiles[0].containers[0].resources.cpus',
    ],
  ])('%s are named, with the key that was meant', (_, tree, path, meant) => {
    expect(problems(tree)).toMatchObject([{ path, hint: `Did you mean ${meant}?` }]);
  });
});

describe('the environment', () => {
  it('is read in any case', () => {
    const config = read({}, { bay_gc__interval_seconds: '7', Bay_Data_Dir: 'here' });
    expect(config.lifecycle.sweepIntervalMs).toBe(7000);
    expect(config.server.dataDir).toBe(join(cwd, 'here'));
    expect(read({}, { bay_server__port: '1', BAY_SERVER__PORT: '2' }).server.port).toBe(2);
  });

  it('takes sections and lists as JSON, and single keys over them', () => {
    const config = read(
      {},
      {
        BAY_GC: '{"enabled":false,"interval_seconds":3}',
        BAY_GC__INTERVAL_SECONDS: '4',
        BAY_PROFILES: '[{"id":"one"}]',
      },
    );
    expect(config.gc.isEnabled).toBe(false);
    expect(config.lifecycle.sweepIntervalMs).toBe(4000);
    expect(config.profiles.profiles.map(({ id }) => id)).toEqual(['one']);
    expect(problems({}, { BAY_GC: 'off' })).toMatchObject([{ path: 'gc', source: 'BAY_GC' }]);
  });

  it('has the older name for the cap on what runs', () => {
    const config = read({}, { MAX_SHIP_NUM: '3', BEHAVIOR_AFTER_MAX_SHIP: 'reject' });
    expect(config.limits.quotas.running.total).toBe(3);
    expect(config.ships.behaviorAfterMax).toBe('reject');
    expect(config.notices).toEqual([]);
    expect(read({}).ships.behaviorAfterMax).toBe('wait');
    expect(problems({}, { BEHAVIOR_AFTER_MAX_SHIP: 'explode' })).toHaveLength(1);
  });
});

describe('the pool', () => {
  it('has the older names for its switch and its numbers; a profile that says its own keeps it', () => {
    const env = {
      WARM_POOL_ENABLED: 'false',
      WARM_POOL_MIN_SIZE: '2',
      WARM_POOL_MAX_SIZE: '10',
      WARM_POOL_REPLENISH_INTERVAL: '7',
    };
    const config = read({ profiles: [{ id: 'one' }, { id: 'two', warm_pool_size: 0 }] }, env);
    expect(config.warmPool).toMatchObject({ isEnabled: false, maxSpares: 10, sweepIntervalMs: 7000, startsAtOnce: 2 });
    expect(config.profiles.profiles.map(({ pool }) => pool.size)).toEqual([2, 0]);
    expect(config.notices).toEqual([]);
  });
});

describe('the file', () => {
  it('is the one that is named, else the one here, else that of the system', () => {
    const systemFile = join(cwd, 'system.yaml');
    writeFileSync(systemFile, 'server: { port: 3 }');
    const port = (env: Record<string, string> = {}) => readConfig({ env, cwd, systemFile }).server.port;
    expect(port()).toBe(3);
    writeFileSync(join(cwd, 'config.yaml'), 'server: { port: 2 }');
    expect(port()).toBe(2);
    writeFileSync(join(cwd, 'named.yaml'), 'server: { port: 1 }');
    expect(port({ BAY_CONFIG_FILE: 'named.yaml' })).toBe(1);
  });
});
