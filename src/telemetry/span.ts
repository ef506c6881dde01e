export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Where a span hangs: one of ours, or a client's. */
export interface SpanParent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

export interface OpenSpan extends SpanParent {
  /** Once. `error`: the code of what failed. */
  end(result?: { readonly name?: string; readonly attributes?: Attributes; readonly error?: string }): void;
}

export interface SpanStart {
  readonly name: string;
  readonly kind: 'server' | 'internal';
  readonly attributes: Attributes;
  readonly parent: SpanParent | null;
}

/** What keeps spans and sends them somewhere. */
export interface Tracer {
  start(span: SpanStart): OpenSpan;
  /** Sends what is left; ends within seconds whether that works or not. */
  close(): Promise<void>;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Of the W3C header; null for one that is absent or broken, as if there were none. */
export function readTraceparent(header: string | undefined): SpanParent | null {
  const [, traceId, spanId, flags = '00'] = TRACEPARENT.exec(header ?? '') ?? [];
  return traceId && spanId ? { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 } : null;
}
