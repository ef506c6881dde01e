import { METHODS } from 'node:http';
import { type Request } from 'express';

/** The members of Express 5's router that say which routes there are. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * Methods that the path of an unroutable request does have, for `Allow`; empty when there is no such path. Where several
 * templates match, those of the one that fits best: `/items/last` before `/items/:id`.
 */
export function allowedMethods(request: Request): string[] {
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const byTemplate = new Map<string, string[]>();
  for (const layer of stack) {
    const own = Object.keys(layer.route?.methods ?? {});
    // What takes every method is no route but something that Nest hung in front of the routes.
    if (!layer.route || own.length === 0 || own.length >= METHODS.length - 1 || !matches(layer, request.path)) continue;
    byTemplate.set(layer.route.path, [...(byTemplate.get(layer.route.path) ?? []), ...own]);
  }
  const [best] = [...byTemplate.keys()].sort(compareTemplates);
  const methods = new Set(byTemplate.get(best ?? '')?.map((method) => method.toUpperCase()));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

/** The one whose first differing segment is more definite comes first: text, parameter, wildcard. */
export function compareTemplates(one: string, other: string): number {
  const ranks = (template: string): number[] => template.split('/').map(rankOf);
  const [mine, theirs] = [ranks(one), ranks(other)];
  const at = mine.findIndex((rank, index) => rank !== theirs[index]);
  return at < 0 ? 0 : (mine[at] ?? 0) - (theirs[at] ?? 0);
}

const rankOf = (segment: string): number => (segment.includes('*') ? 2 : segment.includes(':') ? 1 : 0);

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch (error) {
    // A path parameter with a broken percent escape.
    if (error instanceof URIError) return false;
    throw error;
  }
}
