import { Readiness } from '../../src/health/readiness.js';
import { type PlatformApp, platformApp } from '../support/platform-app.js';

let bay: PlatformApp;
beforeAll(async () => (bay = await platformApp()));
afterAll(() => bay.close());

it('GET / says where to go on', async () => {
  const { body } = await bay.http.get('/');
  expect(body).toMatchObject({
    name: 'bay',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    links: { docs: '/docs' },
  });
});

it('GET /health is ok while the process is', async () => {
  expect((await bay.http.get('/health')).body).toEqual({
    status: 'ok',
    message: 'Bay service is running',
    version: expect.any(String),
  });
});

describe('GET /readyz', () => {
  it('is 200 with each check', async () => {
    bay.app.get(Readiness).register('driver', () => Promise.resolve());
    const response = await bay.http.get('/readyz');
    expect([response.status, response.body]).toEqual([200, { status: 'ok', checks: { database: 'ok', driver: 'ok' } }]);
  });

  it('is 503 when one fails, and says no more than that', async () => {
    bay.app.get(Readiness).register('driver', () => Promise.reject(new Error('/var/run/docker.sock')));
    const response = await bay.http.get('/readyz');
    expect(response.status).toBe(503);
    expect(response.body).toEqual({ status: 'unavailable', checks: { database: 'ok', driver: 'unavailable' } });
  });

  it('is 503 when one hangs', async () => {
    let aborted = false;
    bay.app
      .get(Readiness)
      .register('driver', (signal) => new Promise(() => signal.addEventListener('abort', () => (aborted = true))));
    const responses = await Promise.all([bay.http.get('/readyz'), bay.http.get('/readyz')]);
    expect(responses.map(({ status }) => status)).toEqual([503, 503]);
    expect(aborted).toBe(true);
  });
});
