import { type Driver } from '../../../src/drivers/driver.js';

/** What a driver brings so that the contract suite can run it on its real backend. */
export interface DriverBackend {
  /** The driver's name, as `BAY_TEST_REQUIRE` and the handle carry it. */
  readonly driver: string;
  /** Tells the forms of one driver apart in the suite's title: `published port`. */
  readonly form?: string;
  /** Can the suite run on this machine? Asked once, before any test is defined. */
  availability(): Promise<Availability>;
  /** Once for the whole suite. */
  open(): Promise<DriverHarness>;
}

export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** Names a member from outside of the driver. */
export interface MemberName {
  readonly sessionId: string;
  readonly member: string;
}

export interface DriverHarness {
  /** Runs the Ship agent. */
  readonly image: string;
  /** A name under which the backend has no image; null where images mean nothing. */
  readonly missingImage: string | null;

  /** A new instance on the same backend, as Bay has it after a restart. The same id is the same installation. */
  driver(installationId: string): Driver;

  /** What the backend holds of an installation, found without the driver: one line each, for the failure's text. */
  leftovers(installationId: string): Promise<string[]>;

  /** Ends a member's processes behind the driver's back, as the kernel would when memory runs out. */
  kill(member: MemberName): Promise<void>;
  /** Freezes a member behind the driver's back. */
  pause(member: MemberName): Promise<void>;
  /** Removes a member, running or not, behind the driver's back; what else belongs to its group stays. */
  removeByHand(member: MemberName): Promise<void>;

  /** A driver whose backend does not answer; null where the backend is the machine itself. */
  unreachable(): Driver | null;

  /** Reads back what only the backend knows of a running member. Each is null where the backend has no such thing. */
  readonly facts: {
    /** Most bytes that the backend keeps of what a member writes. */
    logLimitBytes(member: MemberName): Promise<number | null>;
  };

  /** Frees what `open` took. Called after every group is removed. */
  close(): Promise<void>;
}
