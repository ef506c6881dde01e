import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { MetricsConfig } from '../config/slices.js';
import { codeOf } from '../shared/error-code.js';
import { METRICS_TYPE } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** A scraper asks every few seconds on one connection; more than this many are no scrapers. */
const MOST_CONNECTIONS = 16;
/** For a request to arrive whole, ms. */
const REQUEST_TIMEOUT_MS = 10_000;

/** `/metrics` on a port of its own, without a key; only where `metrics.port` is set. */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private server: Server | null = null;

  constructor(
    private readonly metrics: Metrics,
    private readonly config: MetricsConfig,
  ) {}

  /** Null where it does not listen. */
  get port(): number | null {
    return (this.server?.address() as AddressInfo | null)?.port ?? null;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { host, port } = this.config;
    if (port === null) return;
    const server = createServer(({ method, url = '' }, response) => {
      const isRead = method === 'GET' || method === 'HEAD';
      if (isRead && url.split('?', 1)[0] === '/metrics') void this.answer(response);
      else response.writeHead(404).end('Only GET /metrics is here.\n');
    });
    server.maxConnections = MOST_CONNECTIONS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(
          new Error(`metrics.port ${port} on ${host} cannot be used (${codeOf(cause) ?? cause.message}).`, { cause }),
        ),
      );
      server.listen(port, host, resolve);
    });
    this.server = server;
    this.logger.log({ msg: 'Metrics are served without a key.', host, port: this.port });
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private async answer(response: ServerResponse): Promise<void> {
    try {
      const text = await this.metrics.text();
      response.writeHead(200, { 'Content-Type': METRICS_TYPE }).end(text);
    } catch (error) {
      this.logger.error({ msg: 'The metrics could not be read.', err: error });
      response.writeHead(500).end();
    }
  }
}
