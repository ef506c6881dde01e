import { ApiClient } from '../support/api-client.js';
import { describeOnEachDriver } from '../support/engines.js';
import { expectError } from '../support/error-envelope.js';
import { useBay } from '../support/use-bay.js';

/** What anybody may ask. */
const OPEN = ['GET /', 'GET /health', 'GET /readyz', 'GET /stat'];
/** What answers in the form of the first generation. */
const OLDER = /^\/(ships?|sessions|stat)(\/|$)/;

await describeOnEachDriver('without a key', (driver) => {
  const bay = useBay({ driver });
  let stranger: ApiClient;
  beforeAll(() => {
    stranger = new ApiClient(bay().url, null);
  });
  afterAll(() => stranger.close());

  it('tells what it is and that it serves', async () => {
    expect(await stranger.call('GET', '/')).toMatchObject({ status: 200, body: { name: 'bay' } });
    const health = await stranger.call('GET', '/health');
    expect(health).toMatchObject({ status: 200, body: { status: 'ok', version: expect.any(String) as string } });
    expect(await stranger.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { database: 'ok', driver: 'ok' } },
    });
  });

  it('shows its documentation', async () => {
    const page = await stranger.call<string>('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    const script = await stranger.call<string>('GET', '/docs/swagger-ui-bundle.js');
    expect(script.status).toBe(200);
    expect(await stranger.call('GET', '/openapi.json')).toMatchObject({
      status: 200,
      body: { openapi: expect.stringMatching(/^3\./) as string },
    });
  });

  it('does nothing else', async () => {
    const { body } = await stranger.call<{ paths: Record<string, object> }>('GET', '/openapi.json');
    const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations).toEqual(expect.arrayContaining([...OPEN, 'POST /v1/sandboxes', 'GET /v1/profiles']));
    for (const operation of operations.filter((one) => !OPEN.includes(one))) {
      const [method, path] = operation.split(' ') as [string, string];
      const answer = await stranger.call(method, path.replaceAll(/\{[^}]+\}/g, 'sandbox-000000000000'));
      expect([operation, answer.status]).toEqual([operation, 401]);
      if (OLDER.test(path)) expect(answer.body).toEqual({ detail: 'Not authenticated' });
      else expectError(answer, { status: 401, code: 'unauthorized' });
    }
  });
});
