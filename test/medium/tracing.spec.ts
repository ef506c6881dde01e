import { CapabilitiesModule } from '../../src/capabilities/capabilities.module.js';
import { SandboxesModule } from '../../src/sandboxes/sandboxes.module.js';
import { FakeDriver, FakeDriverModule } from '../support/fake-driver.js';
import { type CollectedSpan, type OtlpCollector, otlpCollector } from '../support/otlp-collector.js';
import { type PlatformApp, platformApp, withKey } from '../support/platform-app.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CLIENT_SPAN}-01`;

let driver: FakeDriver;
let collector: OtlpCollector;
beforeEach(async () => {
  driver = new FakeDriver();
  collector = await otlpCollector();
});
afterEach(async () => {
  await driver.close();
  await collector.close();
});

const start = (env: Record<string, string>): Promise<PlatformApp> =>
  platformApp({
    imports: [FakeDriverModule.with(driver), SandboxesModule, CapabilitiesModule],
    env: { BAY_GC__INTERVAL_SECONDS: '3600', ...env },
  });

/** Names from a span up to its root. */
const chain = (spans: readonly CollectedSpan[], name: string): (string | undefined)[] => {
  const path: (string | undefined)[] = [];
  let span = spans.find((one) => one.name === name);
  while (span) {
    path.push(span.name);
    const { parentSpanId } = span;
    span = spans.find(({ spanId }) => spanId === parentSpanId);
    if (!span) path.push(parentSpanId);
  }
  return path;
};

it('a first call is one trace: the request below the client, the start and the execution below the request', async () => {
  const bay = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const { id } = (await bay.http.post('/v1/sandboxes').set(withKey).send({}).expect(201)).body as { id: string };
  const path = `/v1/sandboxes/${id}/python/exec`;
  await bay.http
    .post(path)
    .set({ ...withKey, traceparent: TRACEPARENT })
    .send({ code: 'a secret', timeout: 5 })
    .expect(200);
  // Closing sends what waits.
  await bay.close();

  const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
  const request = 'POST /v1/sandboxes/:sandbox_id/python/exec';
  expect(chain(spans, request)).toEqual([request, CLIENT_SPAN]);
  expect(chain(spans, 'agent.execute')).toEqual(['agent.execute', request, CLIENT_SPAN]);
  for (const phase of ['volume', 'group', 'start', 'agent', 'init']) {
    const up = [`start.${phase}`, 'start.total', 'sandbox.wake', request, CLIENT_SPAN];
    expect(chain(spans, `start.${phase}`)).toEqual(up);
  }
  expect(JSON.stringify(collector.spans)).not.toContain('a secret');
  expect(bay.log).toContainEqual(expect.objectContaining({ path, status: 200, trace_id: TRACE }));
});

it('without a collector nothing is traced, whatever a client sends', async () => {
  const bay = await start({});
  await bay.http.get('/health').set('traceparent', TRACEPARENT).expect(200);
  await bay.close();
  expect(JSON.stringify(bay.log)).not.toContain('trace_id');
});

it('a collector that is away breaks neither requests nor the stop', async () => {
  await collector.close();
  const bay = await start({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` });
  await bay.http.get('/health').set('traceparent', 'broken').expect(200);
  await bay.close();
  collector = await otlpCollector();
});
