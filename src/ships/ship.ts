import { type Sandbox } from '../sandboxes/sandbox.js';

/** What makes a sandbox a ship of the older API: it belongs to a session id that the caller chose. */
export interface Ship {
  /** Of the sandbox; the older API shows it as it is. */
  readonly sandboxId: string;
  readonly owner: string;

  /** Null once the caller gave the session up: nobody reaches the ship by it any more. */
  readonly sessionId: string | null;

  /** The ship that the session id leads to; false for one that `force_create` put aside. One is current, the database sees to it. */
  readonly isCurrent: boolean;
  readonly createdAt: number;
}

/** A ship with its sandbox, which is not deleted. */
export interface BoundShip {
  readonly ship: Ship;
  readonly sandbox: Sandbox;
}
