import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { ExecutionRequest } from '@bay/protocol';
import { AgentError } from '../http/errors.js';
import { parseBody, sendJson, type RequestContext, type Route } from '../http/router.js';
import { type Execution } from './execution.js';
import { type ExecutionRegistry } from './registry.js';

/** Code and commands larger than this belong in a file. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

export function executionRoutes(registry: ExecutionRegistry): Route[] {
  const find = ({ params }: RequestContext): Execution => registry.get(params['id'] ?? '');
  return [
    {
      method: 'POST',
      pattern: '/executions',
      async handle({ request, response }) {
        const body = await parseBody(request, ExecutionRequest, MAX_REQUEST_BYTES);
        await streamEvents(await registry.startOrAttach(body), 0, response);
      },
    },
    {
      method: 'GET',
      pattern: '/executions/:id/events',
      handle: (context) => streamEvents(find(context), readCursor(context.query), context.response),
    },
    {
      method: 'GET',
      pattern: '/executions/:id',
      handle: async (context) => sendJson(context.response, 200, find(context).state()),
    },
    {
      method: 'DELETE',
      pattern: '/executions/:id',
      async handle(context) {
        const execution = find(context);
        if (!execution.hasEnded) execution.runner.interrupt(execution);
        sendJson(context.response, 202, execution.state());
      },
    },
  ];
}

function readCursor(query: URLSearchParams): number {
  const after = Number(query.get('after') ?? '0');
  if (!Number.isSafeInteger(after) || after < 0)
    throw new AgentError('invalid_request', 'after is not an event number.');
  return after;
}

/** Sends the events behind `after` as they come, until `exit`. A reader that leaves changes nothing about the run. */
async function streamEvents(execution: Execution, after: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const reader = execution.log.openReader(after);
  try {
    while (!response.destroyed) {
      const chunk = reader.read();
      if (chunk) {
        if (!response.write(chunk)) await drained(response, gone.signal);
        continue;
      }
      if (execution.log.ended) {
        response.end();
        return;
      }
      response.flushHeaders();
      await reader.changed(gone.signal);
    }
  } finally {
    reader.release();
  }
}

async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal: gone });
  } catch (error) {
    if (!gone.aborted) throw error;
  }
}
