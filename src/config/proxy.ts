import { type RawProxy } from './schema.js';

/** What is near is reached without a proxy, whatever else is configured. */
const NEAR =
  'localhost,127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,169.254.0.0/16,*.local,.svc,.svc.cluster.local,.pod.cluster.local';

/**
 * The variables by which programs of a sandbox find the proxy, in both spellings. The first of `nearest` that is written
 * decides, as a whole: one that is switched off means no proxy, not the next one.
 */
export function proxyVariables(nearest: readonly (RawProxy | null | undefined)[]): Record<string, string> {
  const proxy = nearest.find((one) => one !== null && one !== undefined);
  if (!proxy?.enabled) return {};
  const variables: [string, string | null | undefined][] = [
    ['HTTP_PROXY', proxy.http_proxy],
    ['HTTPS_PROXY', proxy.https_proxy],
    ['NO_PROXY', proxy.no_proxy ? `${NEAR},${proxy.no_proxy}` : NEAR],
  ];
  return Object.fromEntries(
    variables.flatMap(([name, value]) =>
      value
        ? [
            [name, value],
            [name.toLowerCase(), value],
          ]
        : [],
    ),
  );
}
