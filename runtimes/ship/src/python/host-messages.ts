import { MimeBundle } from '@bay/protocol';
import * as v from 'valibot';

const ack = { ack: v.boolean() };

/** What `python/bay_host` says. Checked like everything from outside: a cell can write into its channel. */
export const HostMessage = v.variant('type', [
  v.object({ type: v.literal('ready'), pid: v.pipe(v.number(), v.integer(), v.minValue(2)), version: v.string() }),
  v.object({ type: v.literal('display'), ...ack, data: MimeBundle }),
  v.object({ type: v.literal('result'), ...ack, data: MimeBundle }),
  v.object({ type: v.literal('error'), ...ack, name: v.string(), value: v.string(), traceback: v.array(v.string()) }),
  v.object({ type: v.literal('done'), ok: v.boolean() }),
]);
export type HostMessage = v.InferOutput<typeof HostMessage>;

/** What the agent says to it. */
export type AgentMessage =
  { type: 'init'; env: Record<string, string>; cwd: string } | { type: 'run'; code: string } | { type: 'ack' };
