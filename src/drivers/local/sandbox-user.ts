/** User code runs under this id as `shipyard`, as in the container images. Its group has the same number. */
export const SANDBOX_UID = 1000;
export const SANDBOX_USER = 'shipyard';

const PASSWD = [
  'root:x:0:0:root:/root:/usr/sbin/nologin',
  `${SANDBOX_USER}:x:${SANDBOX_UID}:${SANDBOX_UID}:${SANDBOX_USER}:/workspace:/bin/bash`,
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
];
const GROUP = ['root:x:0:', `${SANDBOX_USER}:x:${SANDBOX_UID}:`, 'nogroup:x:65534:'];

/** slirp4netns answers DNS here and asks the host's resolvers. */
const SLIRP_RESOLVER = '10.0.2.3';

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

/** Files of a sandbox's /etc that tell nothing of the host. Names beginning with `resolv.` are two forms of one file. */
export const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: lines(...PASSWD),
  group: lines(...GROUP),
  'nsswitch.conf': lines('passwd: files', 'group: files', 'hosts: files dns', 'services: files', 'protocols: files'),
  'resolv.open': lines(`nameserver ${SLIRP_RESOLVER}`),
  'resolv.none': '',
};

export const hostsFile = (hostname: string): string =>
  lines('127.0.0.1 localhost', '::1 localhost', `127.0.1.1 ${hostname}`);
