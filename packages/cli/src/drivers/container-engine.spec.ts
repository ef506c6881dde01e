import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContainerEngine,
  dockerEngine,
  engineOf,
  imageLabels,
  podmanEngine,
  probeEngine,
} from './container-engine.js';

describe('asking an engine', () => {
  let dir: string;
  let engine: Server | undefined;
  let docker: ContainerEngine;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bay-engine-'));
    docker = dockerEngine({ dockerHost: `unix://${join(dir, 'docker.sock')}`, podmanHost: 'unix:///unasked' });
  });
  afterEach(() => {
    engine?.close();
    engine = undefined;
    rmSync(dir, { recursive: true });
  });

  const serve = (routes: Record<string, unknown>): Promise<void> =>
    new Promise((resolve) => {
      engine = createServer((request, response) => {
        const body = routes[request.url ?? ''];
        response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? { message: 'no such thing' }));
      }).listen(join(dir, 'docker.sock'), resolve);
    });

  it('says which version answers', async () => {
    await serve({ '/version': { Version: '27.3.1' } });
    expect(await probeEngine(docker)).toEqual({ there: true, version: '27.3.1' });
  });

  it('says where none answers', async () => {
    const answer = await probeEngine(docker);
    expect(answer).toEqual({ there: false, why: `no Docker engine answers at ${docker.address}` });
    const podman = podmanEngine({ dockerHost: '', podmanHost: docker.address });
    expect(await probeEngine(podman)).toMatchObject({ why: `no Podman engine answers at ${docker.address}` });
  });

  it('does not take anything else on that socket for an engine', async () => {
    engine = createServer((_, response) => response.end('hello')).listen(join(dir, 'docker.sock'));
    expect(await probeEngine(docker)).toMatchObject({ there: false });
  });

  it('reads the labels of an image, and tells an absent image from one without labels', async () => {
    await serve({
      '/images/ship%3Alatest/json': { Config: { Labels: { 'bay.ship.bundle': 'abc' } } },
      '/images/plain/json': { Config: { Labels: null } },
    });
    expect(await imageLabels(docker, 'ship:latest')).toEqual({ 'bay.ship.bundle': 'abc' });
    expect(await imageLabels(docker, 'plain')).toEqual({});
    expect(await imageLabels(docker, 'absent')).toBeUndefined();
  });
});

describe('engineOf', () => {
  const settings = { dockerHost: 'unix:///d', podmanHost: 'unix:///p' };

  it('names the engine of a driver, and none where a driver has none', () => {
    expect(engineOf('docker-host', settings)).toMatchObject({ program: 'docker', address: 'unix:///d' });
    expect(engineOf('podman-host', settings)).toMatchObject({ program: 'podman', address: 'unix:///p' });
    expect(engineOf('local', settings)).toBeUndefined();
    expect(engineOf(undefined, settings)).toBeUndefined();
  });
});
