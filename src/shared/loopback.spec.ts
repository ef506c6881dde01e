import { isLoopback } from './loopback.js';

it.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.'])(
  '%s is this machine alone',
  (host) => expect(isLoopback(host)).toBe(true),
);

it.each([
  '0.0.0.0',
  '::',
  '10.0.0.1',
  '::ffff:10.0.0.1',
  '128.0.0.1',
  'localhost.example',
  'bay',
  '',
  '127.0.0.1.example',
])('%p is not', (host) => expect(isLoopback(host)).toBe(false));
