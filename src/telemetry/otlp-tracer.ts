import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { VERSION } from '../config/install-dir.js';
import { type OpenSpan, type SpanParent, type SpanStart, type Tracer } from './span.js';

/** For one batch, ms; a collector that is slower loses it. */
const EXPORT_TIMEOUT_MS = 5_000;
/** For what is left when Bay stops, ms. */
const CLOSE_DEADLINE_MS = 2_000;
/** Spans that wait for the collector; what comes beyond is dropped. */
const MOST_WAITING = 2_048;

/** Sends spans by OTLP over HTTP, in batches, behind everything else: a collector that is away costs nobody anything. */
export function openOtlpTracer(url: string, serviceName: string): Tracer {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': VERSION }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('bay', VERSION);
  return {
    start: ({ name, kind, attributes, parent }: SpanStart): OpenSpan => {
      const context = parent ? trace.setSpanContext(ROOT_CONTEXT, remote(parent)) : ROOT_CONTEXT;
      const options = { kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL, attributes: { ...attributes } };
      const span = tracer.startSpan(name, options, context);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceId,
        spanId,
        isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0,
        end: (result = {}) => {
          if (result.name !== undefined) span.updateName(result.name);
          if (result.attributes) span.setAttributes({ ...result.attributes });
          if (result.error !== undefined) {
            span.setAttribute('error.type', result.error);
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    close: async () => {
      // Nobody waits for what a collector does not take.
      const closed = provider.shutdown().catch(() => undefined);
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, CLOSE_DEADLINE_MS).unref())]);
    },
  };
}

const remote = ({ traceId, spanId, isSampled }: SpanParent) => ({
  traceId,
  spanId,
  traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});
