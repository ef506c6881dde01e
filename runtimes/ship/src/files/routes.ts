import { resolve } from 'node:path';
import { AgentError } from '../http/errors.js';
import { sendJson, type RequestContext, type Route } from '../http/router.js';
import { appendToFile } from './append.js';
import { explain } from './file-errors.js';
import { listDirectory } from './list-directory.js';
import { at } from './locate.js';
import { removeTree } from './remove.js';
import { openRegular, sendFile } from './send-file.js';
import { Uploads } from './uploads.js';
import { parsePath } from './workspace-path.js';

/**
 * Ends a transfer in which no byte has moved for so long (milliseconds). A client that pauses longer has to begin again;
 * one that has vanished behind a dead network holds its descriptors and blocks until then.
 */
const STALLED_MS = 300_000;

/** No set-user-id, set-group-id or sticky bits. */
const MAX_MODE = 0o777;

/** The routes that read and change the files below `workspace`, an absolute path. */
export function fileRoutes(workspace: string): Route[] {
  const root = resolve(workspace);
  const uploads = new Uploads(root);
  const segmentsOf = (context: RequestContext): string[] => parsePath(root, requiredPath(context));
  return [
    route('GET', '/files', (context) => download(root, segmentsOf(context), context)),
    route('PUT', '/files', async (context) => {
      const { request, response } = context;
      const segments = segmentsOf(context);
      const written = flag(context, 'append')
        ? appendToFile(root, segments, request)
        : uploads.write(request, segments, modeOf(context));
      sendJson(response, 200, await written);
    }),
    route('DELETE', '/files', async (context) => {
      await removePath(root, segmentsOf(context));
      sendNothing(context);
    }),
    route('GET', '/directories', async (context) => {
      const request = { workspace: root, segments: segmentsOf(context), hidden: flag(context, 'hidden') };
      sendJson(context.response, 200, await listDirectory(request));
    }),
    route('POST', '/uploads', async (context) => {
      sendJson(context.response, 201, await uploads.receive(context.request));
    }),
    route('PUT', '/uploads/:id', async (context) => {
      sendJson(context.response, 200, await uploads.place(context.params['id'] ?? '', segmentsOf(context)));
    }),
    route('DELETE', '/uploads/:id', async (context) => {
      await uploads.drop(context.params['id'] ?? '');
      sendNothing(context);
    }),
  ];
}

/** A route whose failures at the file system are answered in the protocol's words. */
function route(method: string, pattern: string, handle: Route['handle']): Route {
  return {
    method,
    pattern,
    handle: async (context) => {
      context.response.setTimeout(STALLED_MS, () => context.response.destroy());
      try {
        await handle(context);
      } catch (error) {
        throw explain(error, context.query.get('path') ?? '');
      }
    },
  };
}

async function download(root: string, segments: string[], { response }: RequestContext): Promise<void> {
  const handle = await at(root, segments, {}, openRegular);
  try {
    await sendFile(handle, response);
  } finally {
    await handle.close();
  }
}

async function removePath(root: string, segments: string[]): Promise<void> {
  if (segments.length === 0) throw new AgentError('path_invalid', 'The workspace itself cannot be removed.');
  await at(root, segments, { followLast: false }, removeTree);
}

function requiredPath({ query }: RequestContext): string {
  const path = query.get('path');
  if (path === null) throw new AgentError('invalid_request', 'The parameter path is missing.');
  return path;
}

function flag({ query }: RequestContext, name: string): boolean {
  const value = query.get(name) ?? '0';
  if (value !== '0' && value !== '1') throw new AgentError('invalid_request', `The parameter ${name} is 0 or 1.`);
  return value === '1';
}

/** Permission bits as a decimal number; undefined where the request leaves them to Ship. */
function modeOf({ query }: RequestContext): number | undefined {
  const value = query.get('mode');
  if (value === null) return undefined;
  const mode = /^\d{1,4}$/.test(value) ? Number(value) : MAX_MODE + 1;
  if (mode > MAX_MODE) throw new AgentError('invalid_request', `The parameter mode is a number up to ${MAX_MODE}.`);
  return mode;
}

function sendNothing({ response }: RequestContext): void {
  response.writeHead(204).end();
}
