import { type Readable } from 'node:stream';
import { type DirectoryListing, type FileWritten, type UploadCreated } from '@bay/protocol';
import { Injectable } from '@nestjs/common';
import { LimitsConfig } from '../config/slices.js';
import { type FileDownload, type ShipClient, type WriteOptions } from '../runtimes/ship/ship-client.js';
import { SandboxCalls } from '../sandboxes/sandbox-calls.js';
import { type Sandbox } from '../sandboxes/sandbox.js';
import { BayError } from '../shared/errors.js';

/** How long a file call waits for the sandbox to be ready, ms: published clients give up at 30 s. */
const READY_WITHIN_MS = 25_000;
/** How long the agent may take for a call that moves little, ms. */
const CALL_TIMEOUT_MS = 30_000;

/** Files of a sandbox's workspace, through its agent. */
@Injectable()
export class FilesService {
  constructor(
    private readonly calls: SandboxCalls,
    private readonly limits: LimitsConfig,
  ) {}

  /** The file as text. Throws `payload_too_large`, and `validation_error` for what is not UTF-8. */
  async read(sandbox: Sandbox, path: string): Promise<string> {
    const bytes = await this.readBytes(sandbox, path);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new BayError('validation_error', 'The file is not UTF-8 text. Use filesystem/download.', {
        details: { path, reason: 'not_text' },
        cause,
      });
    }
  }

  /** The file whole. Throws `payload_too_large`. */
  readBytes(sandbox: Sandbox, path: string): Promise<Buffer> {
    return this.call(sandbox, async (agent, signal) => this.collect(await agent.readFile(path, signal)));
  }

  write(sandbox: Sandbox, path: string, content: string | Buffer, how: WriteOptions = {}): Promise<FileWritten> {
    return this.call(sandbox, (agent, signal) => agent.writeFile(path, content, { ...how, signal }));
  }

  async delete(sandbox: Sandbox, path: string): Promise<void> {
    await this.call(sandbox, (agent, signal) => agent.deleteFile(path, signal));
  }

  list(sandbox: Sandbox, path: string, { hidden = false } = {}): Promise<DirectoryListing> {
    return this.call(sandbox, (agent, signal) => agent.listDirectory(path, { hidden, signal }));
  }

  /** Streams: `send` gets the open download and returns when all of it went out. */
  download(sandbox: Sandbox, path: string, send: (file: FileDownload) => Promise<void>): Promise<void> {
    return this.ready(sandbox, async (agent) => {
      const opened = new AbortController();
      const timer = setTimeout(() => opened.abort(), CALL_TIMEOUT_MS);
      const file = await agent.readFile(path, opened.signal).finally(() => clearTimeout(timer));
      await send(file);
    });
  }

  /** Streams `body` into a temporary file of the workspace. It is sent only once the agent is known to answer. */
  receive(sandbox: Sandbox, body: Readable, signal: AbortSignal): Promise<UploadCreated> {
    return this.ready(sandbox, async (agent) => {
      await agent.health(AbortSignal.timeout(CALL_TIMEOUT_MS));
      return agent.upload(body, signal);
    });
  }

  /** Gives a received file its name. */
  async commit(sandbox: Sandbox, id: string, path: string): Promise<void> {
    await this.call(sandbox, (agent, signal) => agent.commitUpload(id, path, signal));
  }

  /** Throws a received file away. */
  async drop(sandbox: Sandbox, id: string): Promise<void> {
    await this.call(sandbox, (agent, signal) => agent.dropUpload(id, signal));
  }

  private call<T>(sandbox: Sandbox, call: (agent: ShipClient, signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.ready(sandbox, (agent) => call(agent, AbortSignal.timeout(CALL_TIMEOUT_MS)));
  }

  private ready<T>(sandbox: Sandbox, call: (agent: ShipClient) => Promise<T>): Promise<T> {
    return this.calls.run(sandbox, READY_WITHIN_MS, call);
  }

  private async collect({ size, body }: FileDownload): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = size ?? 0;
    if (length <= this.limits.readBytes) {
      length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > this.limits.readBytes) break;
        chunks.push(chunk);
      }
    }
    if (length <= this.limits.readBytes) return Buffer.concat(chunks);
    body.destroy();
    throw new BayError('payload_too_large', 'The file is too large to be answered as text. Use filesystem/download.', {
      details: { limit_bytes: this.limits.readBytes },
    });
  }
}
