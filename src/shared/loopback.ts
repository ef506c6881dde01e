import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address or `localhost` can be reached from this machine alone. Other names are not looked up: false. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  // An IPv4 address in IPv6 clothes is checked by its IPv4 rules.
  return family === 0 ? /^localhost\.?$/i.test(address) : LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
