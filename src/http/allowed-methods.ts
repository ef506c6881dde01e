import { METHODS } from 'node:http';
import { type Request } from 'express';

/** The members of Express 5's router that say which routes there are. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** Methods that the path of an unroutable request does have, for `Allow`; empty when there is no such path. */
export function allowedMethods(request: Request): string[] {
  const { stack } = request.app.router as unknown as { readonly stack: readonly Layer[] };
  const methods = new Set<string>();
  for (const layer of stack) {
    const own = Object.keys(layer.route?.methods ?? {});
    // What takes every method is no route but something that Nest hung in front of the routes.
    if (own.length === 0 || own.length >= METHODS.length - 1 || !matches(layer, request.path)) continue;
    for (const method of own) methods.add(method.toUpperCase());
  }
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch (error) {
    // A path parameter with a broken percent escape.
    if (error instanceof URIError) return false;
    throw error;
  }
}
