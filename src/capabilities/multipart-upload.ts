import { type IncomingMessage } from 'node:http';
import { type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type UploadCreated } from '@bay/protocol';
import busboy from 'busboy';
import { schemaViolation } from '../http/validation.js';
import { BayError } from '../shared/errors.js';

/** A connection that brings no byte for so long is given up, ms. */
const STALL_MS = 60_000;
const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 8_192;

export interface UploadParts {
  /** Normalised. */
  readonly path: string;
  readonly upload: UploadCreated;
}

interface Sink {
  /** Streams the file part away; called at most once, as soon as the part begins. */
  readonly receive: (body: Readable, signal: AbortSignal) => Promise<UploadCreated>;
  readonly drop: (id: string) => Promise<void>;
  readonly maxBytes: number;
  /** Name of the field that says where the file goes. */
  readonly pathField: string;
  /** Checks and normalises it. */
  readonly readPath: (written: string) => string;
}

/**
 * Reads a form of `file` and its path, in any order: published clients send the file before its name. The file never lies in
 * memory. Whatever goes wrong (a cut connection, no path, a bad one, too many bytes), what was received is dropped.
 */
export async function readUpload(request: IncomingMessage, sink: Sink): Promise<UploadParts> {
  const form = new UploadForm(request, sink);
  try {
    return await form.read();
  } catch (error) {
    await form.discard();
    throw error;
  }
}

class UploadForm {
  private readonly abort = new AbortController();
  private readonly parser: busboy.Busboy;
  private upload: Promise<UploadCreated> | null = null;
  private path: string | null = null;
  private fault: BayError | null = null;

  constructor(
    private readonly request: IncomingMessage,
    private readonly sink: Sink,
  ) {
    this.parser = parserOf(request, sink);
    this.parser.on('file', (name, body) => this.onFile(name, body));
    this.parser.on('field', (name, value) => this.onField(name, value));
  }

  async read(): Promise<UploadParts> {
    const stalled = () => this.fail(new BayError('timeout', 'The upload stalled, and was given up.'));
    // A pipeline that fails takes the socket away from its request, so that an answer can still be sent.
    const { socket } = this.request;
    this.request.setTimeout(STALL_MS, stalled);
    try {
      await pipeline(this.request, this.parser, { signal: this.abort.signal });
    } catch (cause) {
      throw this.fault ?? new BayError('validation_error', 'The form is broken, or ended half-way.', { cause });
    } finally {
      socket.setTimeout(0);
    }
    if (this.fault) throw this.fault;
    return this.parts();
  }

  /** Ends a transfer under way and removes one that is complete. */
  async discard(): Promise<void> {
    this.abort.abort();
    const received = await this.upload?.catch(() => null);
    if (received) await this.sink.drop(received.id);
  }

  private async parts(): Promise<UploadParts> {
    const missing = [
      ...(this.upload ? [] : [{ path: 'body.file', message: 'is missing' }]),
      ...(this.path === null ? [{ path: `body.${this.sink.pathField}`, message: 'is missing' }] : []),
    ];
    if (!this.upload || this.path === null) throw schemaViolation(missing);
    return { path: this.path, upload: await this.upload };
  }

  private onFile(name: string, body: Readable): void {
    if (name !== 'file' || this.upload || this.fault) {
      body.resume();
      return;
    }
    body.once('limit', () => this.fail(this.tooLarge()));
    this.upload = this.sink.receive(body, this.abort.signal);
    // Its outcome is read at the end of the form; a failure before ends the form.
    this.upload.catch((error: unknown) => this.fail(error));
  }

  private onField(name: string, value: string): void {
    if (name !== this.sink.pathField) return;
    try {
      this.path = this.sink.readPath(value);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.fault ??=
      error instanceof BayError ? error : new BayError('ship_error', 'The upload broke.', { cause: error });
    this.abort.abort();
  }

  private tooLarge(): BayError {
    return new BayError('payload_too_large', `The file is larger than ${this.sink.maxBytes} bytes.`, {
      details: { limit_bytes: this.sink.maxBytes },
    });
  }
}

function parserOf(request: IncomingMessage, { maxBytes, pathField }: Sink): busboy.Busboy {
  if (!/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) {
    throw new BayError(
      'unsupported_media_type',
      `Send the file as multipart/form-data with the fields file and ${pathField}.`,
    );
  }
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { files: 2, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fileSize: maxBytes },
    });
  } catch (cause) {
    throw new BayError('unsupported_media_type', 'The multipart form has no usable boundary.', { cause });
  }
}
