import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Endpoint } from '../drivers/driver.js';
import { ShipClient } from '../runtimes/ship/ship-client.js';
import { type Session } from './session.js';
import { SessionSecrets } from './session-secrets.js';

/** Clients kept open. The least recently used one is closed beyond it; its next call opens a new one. */
const MAX_OPEN = 1_000;

/** One client a session, so that calls share its keep-alive connections. */
@Injectable()
export class AgentConnections implements OnApplicationShutdown {
  private readonly clients = new Map<string, ShipClient>();

  constructor(private readonly secrets: SessionSecrets) {}

  /** The client that is open; counts as its latest use. */
  find(sessionId: string): ShipClient | null {
    const known = this.clients.get(sessionId);
    if (!known) return null;
    this.clients.delete(sessionId);
    this.clients.set(sessionId, known);
    return known;
  }

  /** The client of a session that has become ready, opened if need be. */
  of(session: Pick<Session, 'id' | 'endpoint'>): ShipClient {
    const known = this.find(session.id);
    if (known) return known;
    if (!session.endpoint) throw new Error(`Session ${session.id} has no endpoint yet.`);
    return this.open(session.id, JSON.parse(session.endpoint) as Endpoint);
  }

  open(sessionId: string, endpoint: Endpoint): ShipClient {
    const client = new ShipClient(endpoint, this.secrets.of(sessionId), sessionId);
    this.drop(sessionId);
    this.clients.set(sessionId, client);
    const oldest = this.clients.keys().next().value;
    if (this.clients.size > MAX_OPEN && oldest !== undefined) this.drop(oldest);
    return client;
  }

  /** Closes the connections of a session; calls in flight fail. */
  drop(sessionId: string): void {
    const client = this.clients.get(sessionId);
    this.clients.delete(sessionId);
    void client?.close();
  }

  onApplicationShutdown(): void {
    for (const id of [...this.clients.keys()]) this.drop(id);
  }
}
