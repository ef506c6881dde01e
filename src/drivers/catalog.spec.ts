import { chooseDriver, type EngineProbe, loadDriver } from './catalog.js';
import { type DriverConfig } from '../config/slices.js';

const dockerHost = 'unix:///somewhere.sock';
const present: EngineProbe = async (address) => ({ answers: true, said: `an engine answers at ${address}` });
const absent: EngineProbe = async () => ({ answers: false, said: 'nothing listens there.' });
const unasked: EngineProbe = async () => {
  throw new Error('asked');
};

describe('chooseDriver', () => {
  const lines: string[] = [];
  const logger = { log: (line: string) => void lines.push(line) };
  const choose = (name: string, probe: EngineProbe, remembered: string | null = null) =>
    chooseDriver({ name: name as DriverConfig['name'], dockerHost, remembered }, logger, probe);

  beforeEach(() => {
    lines.length = 0;
  });

  it('takes docker-host by itself where an engine answers, and says so in one line', async () => {
    expect(await choose('auto', present)).toMatchObject({ name: 'docker-host' });
    expect(lines).toEqual([`Driver docker-host: an engine answers at ${dockerHost}`]);
  });

  it('takes local by itself where none answers, and says why', async () => {
    expect(await choose('auto', absent)).toMatchObject({ name: 'local' });
    expect(lines).toEqual(['Driver local: nothing listens there.']);
  });

  it('stays by itself with the driver of the last start, also while its engine is away', async () => {
    expect(await choose('auto', unasked, 'docker-host')).toMatchObject({ name: 'docker-host' });
    expect(await choose('auto', unasked, 'local')).toMatchObject({ name: 'local' });
    expect(await choose('local', unasked, 'docker-host')).toMatchObject({ name: 'local' });
  });

  it('chooses afresh where the last start had a driver that is gone', async () => {
    expect(await choose('auto', present, 'lxc')).toMatchObject({ name: 'docker-host' });
  });

  it('takes what is configured without asking any engine', async () => {
    expect(await choose('local', unasked)).toMatchObject({ name: 'local' });
    expect(await choose('docker-host', unasked)).toMatchObject({ name: 'docker-host' });
    expect(await choose('podman-host', unasked)).toMatchObject({ name: 'podman-host' });
  });

  it.each(['docker', 'podman', 'kubernetes', 'containerd'])(
    'knows %s and refuses it with what to use instead',
    async (name) => {
      await expect(choose(name, unasked)).rejects.toMatchObject({
        code: 'driver_unavailable',
        message: expect.stringContaining(`the driver ${name} is not implemented in this version.`),
      });
    },
  );

  it('refuses a name that nobody knows, and lists those that there are', async () => {
    await expect(choose('lxc', unasked)).rejects.toThrow('there is no driver lxc. Use docker-host, podman-host');
  });
});

describe('loadDriver', () => {
  it('looks for a driver of somebody else where packages are', async () => {
    await expect(loadDriver('bay-driver-absent')).rejects.toThrow('npm install bay-driver-absent');
  });

  it.each(['docker-host', 'podman-host', 'local'] as const)('loads %s', async (name) => {
    expect(await loadDriver(name)).toEqual(expect.any(Function));
  });
});
