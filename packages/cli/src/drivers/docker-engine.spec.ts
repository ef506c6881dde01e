import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageLabels, probeDocker } from './docker-engine.js';

describe('asking a Docker engine', () => {
  let dir: string;
  let engine: Server | undefined;
  let dockerHost: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'bay-engine-'));
    dockerHost = `unix://${join(dir, 'docker.sock')}`;
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
    expect(await probeDocker(dockerHost)).toEqual({ there: true, version: '27.3.1' });
  });

  it('says where none answers', async () => {
    const answer = await probeDocker(dockerHost);
    expect(answer).toEqual({ there: false, why: `no Docker engine answers at ${dockerHost}` });
  });

  it('does not take anything else on that socket for an engine', async () => {
    engine = createServer((_, response) => response.end('hello')).listen(join(dir, 'docker.sock'));
    expect(await probeDocker(dockerHost)).toMatchObject({ there: false });
  });

  it('reads the labels of an image, and tells an absent image from one without labels', async () => {
    await serve({
      '/images/ship%3Alatest/json': { Config: { Labels: { 'bay.ship.bundle': 'abc' } } },
      '/images/plain/json': { Config: { Labels: null } },
    });
    expect(await imageLabels(dockerHost, 'ship:latest')).toEqual({ 'bay.ship.bundle': 'abc' });
    expect(await imageLabels(dockerHost, 'plain')).toEqual({});
    expect(await imageLabels(dockerHost, 'absent')).toBeUndefined();
  });
});
