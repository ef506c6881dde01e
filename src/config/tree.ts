/** A parsed but unchecked configuration. */
export type Tree = { [key: string]: unknown };

export type Path = readonly (string | number)[];

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `profiles[1].resources.memory` */
export const showPath = (path: Path): string =>
  path.reduce<string>(
    (shown, key) => (typeof key === 'number' ? `${shown}[${key}]` : shown ? `${shown}.${key}` : key),
    '',
  );

/**
 * Layers of configuration, later ones over earlier ones, leaf by leaf. A list is a leaf: it replaces the older list.
 * Remembers where each leaf came from, so that a problem names the file or the variable to change.
 */
export class Layers {
  readonly tree: Tree = {};
  private readonly sources = new Map<string, string>();

  add(layer: Tree, source: string): void {
    this.merge(this.tree, layer, { path: [], source });
  }

  set(path: readonly string[], value: unknown, source: string): void {
    const layer = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    if (isTree(layer)) this.add(layer, source);
  }

  /** Of the leaf at `path`, or of the nearest one above it. */
  sourceOf(path: Path): string | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const source = this.sources.get(showPath(path.slice(0, length)));
      if (source) return source;
    }
    return undefined;
  }

  private merge(into: Tree, layer: Tree, at: { path: Path; source: string }): void {
    for (const [key, value] of Object.entries(layer)) {
      if (key === '__proto__' || value === undefined) continue;
      const path = [...at.path, key];
      const old = into[key];
      this.sources.set(showPath(path), at.source);
      if (!isTree(value)) into[key] = value;
      else this.merge((into[key] = isTree(old) ? old : {}), value, { path, source: at.source });
    }
  }
}
