import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';
import { INSTALL_DIR } from './install-dir.js';
import { loadConfig, readConfig } from './load-config.js';

let cwd: string;
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'bay-config-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const read = (env: Record<string, string> = {}, yaml?: string) => {
  if (yaml !== undefined) writeFileSync(join(cwd, 'config.yaml'), yaml);
  return readConfig({ env, cwd });
};

const problems = (env: Record<string, string>, yaml?: string) => {
  try {
    read(env, yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('defaults', () => {
  it('are complete without a file', () => {
    const config = read();
    expect(config.server).toEqual({ host: '127.0.0.1', port: 8114, dataDir: join(cwd, '.bay') });
    expect(config.database.url).toBe(`sqlite:${join(cwd, '.bay', 'bay.db')}`);
    expect(config.driver).toMatchObject({ name: 'auto', dockerHost: 'unix:///var/run/docker.sock' });
    expect(config.limits).toMatchObject({ bodyBytes: 16 * 2 ** 20, uploadBytes: 10 * 2 ** 30, maxTtlSec: 31_536_000 });
    expect(config.lifecycle).toMatchObject({ stopWaitMs: 1500, sweepIntervalMs: 5000, idempotencyTtlMs: 86_400_000 });
    expect(config.notices).toEqual([]);
  });

  it('offer two profiles', () => {
    const [everyday, data] = read().profiles.profiles;
    expect(everyday).toMatchObject({
      id: 'python-default',
      capabilities: ['filesystem', 'shell', 'python'],
      idleTimeoutSec: 1800,
      containers: [{ name: 'primary', image: 'ship:latest', cpus: 1, memory: '1g', memoryBytes: 2 ** 30 }],
    });
    expect(data).toMatchObject({ id: 'python-data', containers: [{ cpus: 2, memory: '4g', image: 'ship:latest' }] });
  });

  it('are frozen to the bottom', () => {
    const config = read();
    expect(Object.isFrozen(config.server)).toBe(true);
    expect(Object.isFrozen(config.profiles.profiles[0]?.containers[0].env)).toBe(true);
  });
});

describe('every configuration file that comes with Bay', () => {
  const files = readdirSync(join(INSTALL_DIR, 'config'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );

  it.each(files)('%s is valid and uses only keys with an effect', (file) => {
    expect(read({ BAY_CONFIG_FILE: join(INSTALL_DIR, 'config', file) }).notices).toEqual([]);
  });
});

describe('precedence', () => {
  it('is file, plain name, sectioned name', () => {
    const yaml = 'server: { port: 1001, host: 0.0.0.0 }';
    expect(read({}, yaml).server).toMatchObject({ port: 1001, host: '0.0.0.0' });
    expect(read({ PORT: '1002' }, yaml).server).toMatchObject({ port: 1002, host: '0.0.0.0' });
    expect(read({ PORT: '1002', BAY_SERVER__PORT: '1003' }, yaml).server.port).toBe(1003);
  });

  it('takes BAY_CONFIG_FILE instead of config.yaml', () => {
    writeFileSync(join(cwd, 'mine.yaml'), 'server: { port: 7 }');
    expect(read({ BAY_CONFIG_FILE: 'mine.yaml' }, 'server: { port: 8, host: example }').server).toMatchObject({
      port: 7,
      host: '127.0.0.1',
    });
  });

  it('reads .env below the environment', () => {
    writeFileSync(join(cwd, '.env'), 'PORT=1\nCONTAINER_DRIVER=local\n');
    const config = read({ PORT: '2' });
    expect(config.server.port).toBe(2);
    expect(config.driver.name).toBe('local');
  });

  it('counts an empty variable as unset', () => expect(read({ PORT: '' }).server.port).toBe(8114));

  it('reads plain names', () => {
    const config = read({
      BAY_DATA_DIR: 'data',
      DOCKER_HOST: 'tcp://10.0.0.1:2375',
      CONTAINER_HOST: '/srv/podman.sock',
      DOCKER_IMAGE: 'mine:1',
      DATABASE_URL: 'sqlite:rows.db',
      BAY_API_KEY: 'k'.repeat(16),
    });
    expect(config.server.dataDir).toBe(join(cwd, 'data'));
    expect(config.driver.dockerHost).toBe('tcp://10.0.0.1:2375');
    expect(config.driver.podmanHost).toBe('unix:///srv/podman.sock');
    expect(config.profiles.profiles[0]?.containers[0].image).toBe('mine:1');
    expect(config.database.url).toBe(`sqlite:${join(cwd, 'rows.db')}`);
    expect(config.configured.apiKey).toBe('k'.repeat(16));
  });

  it('reads a list as JSON', () => {
    const profiles = JSON.stringify([{ id: 'one', capabilities: ['shell'] }]);
    expect(read({ BAY_PROFILES: profiles }).profiles.profiles).toMatchObject([{ id: 'one', capabilities: ['shell'] }]);
  });
});

describe('secrets', () => {
  it('come from a file when NAME_FILE names it', () => {
    writeFileSync(join(cwd, 'key'), `${'s'.repeat(20)}\n`);
    expect(read({ BAY_API_KEY_FILE: 'key' }).configured.apiKey).toBe('s'.repeat(20));
    expect(problems({ BAY_API_KEY_FILE: 'absent' })).toMatchObject([{ path: 'BAY_API_KEY_FILE' }]);
    expect(problems({ BAY_API_KEY_FILE: 'key', BAY_API_KEY: 's'.repeat(20) })).toMatchObject([{ path: 'BAY_API_KEY' }]);
  });

  it('are made at the first start and kept', () => {
    const first = loadConfig({ env: {}, cwd });
    const credentials = join(cwd, '.bay', 'credentials.json');
    expect(first.security.apiKey).toMatch(/^sk-bay-[0-9a-f]{64}$/);
    expect(first.apiKeySource).toBe(credentials);
    expect(first.security.instanceKey).toHaveLength(32);
    expect(statSync(credentials).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, '.bay', 'instance.key')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(credentials, 'utf8'))).toMatchObject({ endpoint: 'http://127.0.0.1:8114' });
    expect(readdirSync(join(cwd, '.bay')).sort()).toEqual(['credentials.json', 'instance.key']);

    const second = loadConfig({ env: {}, cwd });
    expect(second.security).toEqual(first.security);
  });

  it('are not made when they are configured', () => {
    const env = { BAY_API_KEY: 'k'.repeat(16), BAY_INSTANCE_KEY: 'ab'.repeat(32) };
    expect(loadConfig({ env, cwd }).security.instanceKey.toString('hex')).toBe('ab'.repeat(32));
    expect(readdirSync(join(cwd, '.bay'))).toEqual([]);
  });

  it('that are short are accepted with a remark', () => {
    const config = read({ ACCESS_TOKEN: 'secret-token' });
    expect(config.configured.apiKey).toBe('secret-token');
    expect(config.notices).toEqual([expect.stringContaining('easy to guess')]);
  });

  it('say what to do when a file is damaged', () => {
    loadConfig({ env: {}, cwd });
    writeFileSync(join(cwd, '.bay', 'instance.key'), 'short');
    expect(() => loadConfig({ env: {}, cwd })).toThrow(/instance\.key.*32 bytes/s);
  });

  it('never appear in a problem', () => {
    const shown = JSON.stringify(problems({ BAY_API_KEY: 'not ok' }));
    expect(shown).toContain('security.api_key');
    expect(shown).not.toContain('not ok');
  });
});

describe('problems', () => {
  it('are reported all at once, each with its path, source and hint', () => {
    const found = problems(
      { PORT: 'abc' },
      'server: { hots: x }\ngc: { interval_seconds: -1 }\ndriver: { type: podman }\n',
    );
    expect(found).toMatchObject([
      { path: 'server.hots', source: join(cwd, 'config.yaml'), hint: 'Did you mean server.host?' },
      { path: 'server.port', source: 'PORT', message: 'must be a whole number from 0 to 65535.' },
      { path: 'gc.interval_seconds', source: join(cwd, 'config.yaml') },
    ]);
    expect(problems({}, 'driver: { type: podman }')).toMatchObject([{ path: 'driver.type' }]);
    expect(problems({ CONTAINER_DRIVER: 'containerd' })).toMatchObject([
      {
        path: 'driver.type',
        source: 'CONTAINER_DRIVER',
        message: 'the driver containerd is not implemented in this version.',
      },
    ]);
    expect(read({ CONTAINER_DRIVER: 'bay-driver-fly' }).driver.name).toBe('bay-driver-fly');
  });

  it('name the variable of an unknown key', () => {
    expect(problems({ BAY_GC__INTERVALL_SECONDS: '3' })).toMatchObject([
      { path: 'gc.intervall_seconds', source: 'BAY_GC__INTERVALL_SECONDS', hint: 'Did you mean gc.interval_seconds?' },
    ]);
  });

  it.each([
    ['a file that is absent', { BAY_CONFIG_FILE: 'absent.yaml' }, undefined, /absent\.yaml/],
    ['broken YAML', {}, 'server: [', /config\.yaml/],
    ['a list', {}, '- 1', /mapping/],
    ['a section that is text', {}, 'server: text', /section/],
    ['another database', { DATABASE_URL: 'mysql://localhost/bay' }, undefined, /sqlite:.*postgresql:/],
    ['no profile', {}, 'profiles: []', /empty/],
    ['a profile without id', {}, 'profiles: [{image: a}]', /profiles\[0\]\.id/],
    ['a profile that is there twice', {}, 'profiles: [{id: a}, {id: a}]', /profiles\[1\]\.id/],
    ['a bad size', {}, 'profiles: [{id: a, resources: {memory: lots}}]', /profiles\[0\]\.resources\.memory/],
    ['an unknown key in a profile', {}, 'profiles: [{id: a, imge: b}]', /profiles\[0\]\.image/],
    ['a key with a space', { ACCESS_TOKEN: 'a b' }, undefined, /security\.api_key/],
  ])('include %s', (_, env, yaml, expected) => {
    const found = problems(env, yaml);
    expect(found.length).toBeGreaterThan(0);
    expect(new ConfigError(found).message).toMatch(expected);
  });
});

describe('PostgreSQL', () => {
  const keys = { BAY_INSTANCE_KEY: 'ab'.repeat(32), BAY_API_KEY: 'a-key-of-all-replicas' };
  const DATABASE_URL = 'postgresql+asyncpg://bay:secret@db/bay';

  it('is taken from the file or the environment, with its own settings', () => {
    const yaml = `database: { url: "${DATABASE_URL}", pool_size: 25, statement_timeout_seconds: 3 }`;
    const expected = { kind: 'postgres', url: 'postgresql://bay:secret@db/bay', connectTimeoutMs: 5000 };
    expect(read(keys, yaml).database).toEqual({ ...expected, poolSize: 25, statementTimeoutMs: 3000 });
    const env = { ...keys, DATABASE_URL, BAY_DATABASE__POOL_SIZE: '3' };
    expect(read(env, '').database).toEqual({ ...expected, poolSize: 3, statementTimeoutMs: 15_000 });
  });

  it('needs the keys that replicas share, and makes none', () => {
    const found = problems({ DATABASE_URL });
    expect(found.map(({ path }) => path)).toEqual(['security.instance_key', 'security.api_key']);
    expect(JSON.stringify(found)).not.toContain('secret');
    loadConfig({ env: { ...keys, DATABASE_URL }, cwd });
    expect(readdirSync(join(cwd, '.bay'))).toEqual([]);
  });
});

describe('the configuration of the older generation', () => {
  const yaml = `
server: { host: 0.0.0.0, port: 8114 }
database: { url: "sqlite+aiosqlite:///./data/bay.db", echo: false }
driver:
  type: docker
  image_pull_policy: if_not_present
  docker: { socket: "unix:///var/run/docker.sock", network: bay-network, connect_mode: auto, publish_ports: true }
cargo: { root_path: /var/lib/bay/cargos, default_size_limit_mb: 2048, mount_path: /workspace }
security: { api_key: null, allow_anonymous: true, blocked_hosts: ["10.0.0.0/8"] }
idempotency: { enabled: true, ttl_hours: 1 }
gc: { enabled: true, run_on_startup: true, interval_seconds: 300, orphan_container: { enabled: false } }
warm_pool: { enabled: true, interval_seconds: 30 }
browser_learning: { enabled: false }
proxy: { enabled: false }
profiles:
  - { id: short, image: "ship:v1", runtime_type: ship, runtime_port: 8123, resources: { cpus: 0.5, memory: 512m }, capabilities: [], warm_pool_size: 2 }
  - id: browser-python
    containers:
      - { name: ship, image: "ship:latest", runtime_type: ship, capabilities: [python, shell] }
      - { name: browser, image: "gull:latest", runtime_type: gull, capabilities: [browser] }
  - id: long
    containers:
      - { name: helper, image: "ship:b", capabilities: [shell] }
      - { name: ship, image: "ship:a", capabilities: [python, filesystem], primary_for: [python], env: { A: 1 } }
`;

  it('is accepted as it is', () => {
    const config = read({}, yaml);
    expect(config.driver.name).toBe('docker-host');
    expect(config.database.url).toBe(`sqlite:${join(cwd, 'data', 'bay.db')}`);
    expect(config.limits.workspaceSizeMb).toBe(2048);
    expect(config.lifecycle).toMatchObject({ sweepIntervalMs: 300_000, idempotencyTtlMs: 3_600_000 });
  });

  it('has its two forms of profiles normalised', () => {
    const [short, long, ...rest] = read({}, yaml).profiles.profiles;
    expect(rest).toEqual([]);
    expect(short).toMatchObject({
      capabilities: ['filesystem', 'shell', 'python'],
      containers: [{ name: 'primary', image: 'ship:v1', cpus: 0.5, memory: '512m', memoryBytes: 2 ** 29 }],
    });
    expect([short?.pool, long?.pool]).toMatchObject([
      { size: 2, maxAgeMs: 1_800_000, claimTimeoutMs: 200 },
      { size: 0, retry: { attempts: 3, pauseMs: 200, longestPauseMs: 5000, breakerAfter: 10 } },
    ]);
    expect(long?.capabilities).toEqual(['filesystem', 'python', 'shell']);
    expect(long?.containers.map(({ name }) => name)).toEqual(['ship', 'helper']);
    expect(long?.containers[0].env).toEqual({ A: '1' });
  });

  it('hears what has no effect here', () => {
    const { notices } = read({}, yaml);
    expect(notices.join('\n')).toMatch(/browser_learning .*security\.allow_anonymous /s);
    expect(notices.join('\n')).toMatch(/browser-python is left out/);
  });
});
