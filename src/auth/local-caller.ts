import { type IncomingMessage } from 'node:http';
import { isLoopback } from '../shared/loopback.js';

/** Added by proxies, which make callers from elsewhere look as if they were on this machine. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Whether a program on this machine made the request by itself. A web page of somewhere else that this machine's browser
 * shows did not (`Origin`), nor one that made its own name point here (`Host`), nor a proxy for somebody else.
 */
export function isLocalCaller({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const { host, origin } = headers;
  if (!isLoopback(socket.remoteAddress ?? '') || FORWARDED.some((name) => headers[name] !== undefined)) return false;
  return host !== undefined && isLocalUrl(`http://${host}`) && (origin === undefined || isLocalUrl(origin));
}

const isLocalUrl = (url: string): boolean => {
  const parsed = URL.parse(url);
  return parsed !== null && isLoopback(parsed.hostname);
};
