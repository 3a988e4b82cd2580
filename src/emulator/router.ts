import { invalid } from './errors.js';
import type { Operation } from './operation.js';

interface Route {
  readonly operation: Operation;
  readonly segments: readonly string[];
}

/** The operation of a path with the parameters in the path. */
export interface Destination {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the operation of a method and path. A literal segment takes precedence over a parameter. */
export class Router {
  readonly #routes = new Map<string, Route[]>();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) {
      const segments = operation.path.split('/');
      const key = keyOf(operation.method, segments);
      this.#routes.set(key, [...(this.#routes.get(key) ?? []), { operation, segments }]);
    }
    for (const routes of this.#routes.values()) routes.sort((a, b) => parameters(a) - parameters(b));
  }

  /** The operation of a path (without query), if any. Throws a 400 for a parameter that does not decode. */
  find(method: string, path: string): Destination | undefined {
    const segments = path.split('/');
    const route = this.#routes
      .get(keyOf(method, segments))
      ?.find((candidate) =>
        candidate.segments.every((part, index) => part.startsWith(':') || part === segments[index]),
      );
    if (route === undefined) return undefined;
    const params: Record<string, string> = {};
    for (const [index, part] of route.segments.entries()) {
      if (part.startsWith(':')) params[part.slice(1)] = decoded(segments[index] ?? '');
    }
    return { operation: route.operation, params };
  }
}

function keyOf(method: string, segments: readonly string[]): string {
  return `${method} ${segments.length}`;
}

function parameters({ segments }: Route): number {
  return segments.filter((part) => part.startsWith(':')).length;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid('the path is not encoded as a URL');
  }
}
