import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TelemetryConfig } from '../config/slices.js';
import { BayError } from '../shared/errors.js';
import { type Attributes, type OpenSpan, readTraceparent, type Tracer } from './span.js';

/**
 * Spans of what takes time, for a collector. Without one configured nothing is loaded and every method only does the work that
 * it is given. What a request sets going (a start) hangs below the request that did, also when others wait for it as well.
 */
@Injectable()
export class Tracing implements OnModuleInit, OnApplicationShutdown {
  private readonly current = new AsyncLocalStorage<OpenSpan>();
  private tracer: Tracer | null = null;

  constructor(private readonly config: TelemetryConfig) {}

  async onModuleInit(): Promise<void> {
    const { tracesUrl, serviceName } = this.config;
    if (tracesUrl === null) return;
    const { openOtlpTracer } = await import('./otlp-tracer.js');
    this.tracer = openOtlpTracer(tracesUrl, serviceName);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tracer?.close();
  }

  /** The span of a request, below the client's own where it sent one; the caller ends it. Null: nobody collects. */
  request(method: string, traceparent: string | undefined): OpenSpan | null {
    if (!this.tracer) return null;
    const attributes = { 'http.request.method': method };
    return this.tracer.start({ name: method, kind: 'server', attributes, parent: readTraceparent(traceparent) });
  }

  /** Runs `work` so that its spans hang below `span`. */
  within<T>(span: OpenSpan | null, work: () => T): T {
    return span ? this.current.run(span, work) : work();
  }

  async span<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
    if (!this.tracer) return work();
    const parent = this.current.getStore() ?? null;
    const span = this.tracer.start({ name, kind: 'internal', attributes, parent });
    try {
      const result = await this.current.run(span, work);
      span.end();
      return result;
    } catch (error) {
      span.end({ error: error instanceof BayError ? error.code : 'internal_error' });
      throw error;
    }
  }
}
