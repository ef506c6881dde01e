/** The persistent files of sandboxes; a `cargo` on the wire. The row is there before the volume and after it. */
export interface Workspace {
  readonly id: string;

  /** `ws-` and twelve hex digits of the id; the volume's name on the engine derives from it. */
  readonly publicId: string;
  readonly owner: string;

  /** Made with a sandbox and removed with it. */
  readonly managed: boolean;
  readonly managedBySandboxId: string | null;

  /** The driver's reference; null until the first start made the volume. */
  readonly volumeRef: string | null;
  readonly sizeLimitMb: number | null;
  readonly createdAt: number;
  readonly lastAccessedAt: number;

  /** A tombstone: the volume may be removed, and nothing may start on it any more. */
  readonly deletedAt: number | null;
}
