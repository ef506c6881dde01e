/** The drivers that Bay brings. */
export const DRIVER_NAMES = ['docker-host', 'podman-host', 'local'] as const;
export type OwnDriver = (typeof DRIVER_NAMES)[number];

/** A driver that somebody else publishes, by the name of its npm package. */
export type DriverPackage = `@${string}/${string}` | `bay-driver-${string}`;

export type DriverName = OwnDriver | DriverPackage;

/** Names that mean something to people who know Bay, and what to use while there is no driver behind them. */
const NOT_IMPLEMENTED: Readonly<Record<string, string>> = {
  docker: 'Use docker-host, which needs Bay to run on the machine of the engine and not in a container.',
  podman: 'Use podman-host, which needs Bay to run on the machine of the engine and not in a container.',
  kubernetes: 'Use docker-host, podman-host or local.',
  containerd: 'Containerd alone brings no networks and no volumes: use docker-host, podman-host or local.',
};

export const isOwnDriver = (name: string): name is OwnDriver => DRIVER_NAMES.some((own) => own === name);

/** Scoped, or with a prefix that nobody uses for anything else: a misspelt name is not looked for as a package. */
export const isDriverPackage = (name: string): name is DriverPackage =>
  /^(@[a-z0-9][a-z0-9._-]*\/[a-z0-9]|bay-driver-[a-z0-9])[a-z0-9._-]*$/.test(name);

export const isDriverName = (name: string): name is DriverName => isOwnDriver(name) || isDriverPackage(name);

/** Why there is no such driver, and what to do, each a sentence. */
export function unknownDriver(name: string): { readonly message: string; readonly hint: string } {
  const instead = NOT_IMPLEMENTED[name];
  if (instead) return { message: `the driver ${name} is not implemented in this version.`, hint: instead };
  const hint = `Use ${DRIVER_NAMES.join(', ')}, auto, or the name of a package (@…/… or bay-driver-…).`;
  return { message: `there is no driver ${name}.`, hint };
}
