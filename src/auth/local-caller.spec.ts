import { type IncomingHttpHeaders } from 'node:http';
import { isLocalCaller } from './local-caller.js';

const isLocal = (headers: IncomingHttpHeaders, remoteAddress: string | undefined = '127.0.0.1'): boolean =>
  // Only the address is looked at.
  isLocalCaller({ headers, socket: { remoteAddress } as never });

it.each([
  { host: '127.0.0.1:8114' },
  { host: 'localhost' },
  { host: '[::1]:8114' },
  { host: 'localhost:8114', origin: 'http://127.0.0.1:8114' },
])('%j comes from a program on this machine', (headers) => expect(isLocal(headers)).toBe(true));

it.each<{ why: string; headers: IncomingHttpHeaders }>([
  { why: 'no host', headers: {} },
  { why: 'a name that was made to point here', headers: { host: 'evil.example' } },
  { why: 'a name that looks like it', headers: { host: 'localhost.evil.example:8114' } },
  { why: 'a page of somewhere else', headers: { host: '127.0.0.1', origin: 'https://evil.example' } },
  { why: 'a page of nowhere', headers: { host: '127.0.0.1', origin: 'null' } },
  { why: 'a host that is two', headers: { host: '127.0.0.1@evil.example' } },
  { why: 'a proxy', headers: { host: 'localhost', 'x-forwarded-for': '10.0.0.1' } },
  { why: 'a proxy', headers: { host: 'localhost', forwarded: 'for=10.0.0.1' } },
  { why: 'a proxy', headers: { host: 'localhost', via: '1.1 proxy' } },
])('$why does not', ({ headers }) => expect(isLocal(headers)).toBe(false));

it('is no matter of what the request says about itself', () => {
  expect(isLocal({ host: 'localhost' }, '10.0.0.1')).toBe(false);
  expect(isLocal({ host: 'localhost' }, '')).toBe(false);
  expect(isLocal({ host: 'localhost' }, '::ffff:127.0.0.1')).toBe(true);
});
