import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { answerBrokenRequests } from '../../src/http/broken-request.js';
import { expectError } from '../support/error-envelope.js';
import { type PlatformApp, platformApp } from '../support/platform-app.js';
import { rawHttp } from '../support/raw-http.js';

let bay: PlatformApp;
beforeAll(async () => {
  bay = await platformApp();
});
afterAll(() => bay.close());

const port = () => (bay.server.address() as AddressInfo).port;
const BROKEN = { status: 400, code: 'validation_error' };
const TOO_LONG = { status: 431, code: 'head_too_large' };
const CLOSE = 'Connection: close\r\n';

describe('what is no request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', BROKEN],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n', BROKEN],
    ['a TLS greeting', Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), BROKEN],
    ['a header without a colon', 'GET /health HTTP/1.1\r\nHost: x\r\nbroken\r\n\r\n', BROKEN],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', BROKEN],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      BROKEN,
    ],
    ['no Host', `GET /health HTTP/1.1\r\n${CLOSE}\r\n`, BROKEN],
    ['a long header', `GET /health HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(200_000)}\r\n\r\n`, TOO_LONG],
    ['a long path', `GET /${'x'.repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, TOO_LONG],
  ])('like %s is answered with the envelope', async (_, bytes, error) => {
    expectError(await rawHttp(port(), bytes), error);
  });

  it('is in the log under its request id, and counted', async () => {
    const { error } = (await rawHttp(port(), 'hello\r\n\r\n')).body as { error: { request_id: string } };
    expect(bay.log).toContainEqual(
      expect.objectContaining({ request_id: error.request_id, code: 'validation_error' }) as object,
    );
  });

  it('does not keep others from being served, nor does an unknown expectation', async () => {
    const expecting = `GET /health HTTP/1.1\r\nHost: x\r\nExpect: the-best\r\n${CLOSE}\r\n`;
    expect((await rawHttp(port(), expecting)).status).toBe(200);
    expect((await rawHttp(port(), `GET /health HTTP/1.0\r\n\r\n`)).status).toBe(200);
  });
});

it('a head that does not arrive in time is 408', async () => {
  const server = createServer({ headersTimeout: 30, requestTimeout: 0, connectionsCheckingInterval: 10 });
  answerBrokenRequests(server, () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answer = await rawHttp((server.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nHost:');
  server.close();
  expectError(answer, { status: 408, code: 'request_timeout' });
});

it('half an answer is not continued with an error', async () => {
  const server = createServer((_request, response) => void response.writeHead(200).write('half'));
  answerBrokenRequests(server, () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const text = await fetchThenBreak((server.address() as AddressInfo).port);
  server.close();
  expect(text).toContain('half');
  expect(text).not.toContain('error');
});

/** Breaks its connection's protocol once the answer has begun; gives back all that came. */
async function fetchThenBreak(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('half')) socket.write('hello\r\n\r\n');
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return text;
}
