/** What the database of the older generation says about a cargo. Instants are epoch milliseconds. */
export interface OlderCargo {
  readonly id: string;
  readonly owner: string;
  /** The engine's name of its volume. */
  readonly driverRef: string;
  readonly managed: boolean;
  readonly managedBySandboxId: string | null;
  readonly sizeLimitMb: number | null;
  readonly createdAt: number;
  readonly lastAccessedAt: number;
}

/** Of a sandbox that is not deleted. */
export interface OlderSandbox {
  readonly id: string;
  readonly owner: string;
  readonly profileId: string;
  readonly cargoId: string | null;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly lastActiveAt: number;
  /** Started in advance, claimed by nobody. */
  readonly isSpare: boolean;
}

export interface OlderRows {
  readonly cargos: readonly OlderCargo[];
  readonly sandboxes: readonly OlderSandbox[];
}
