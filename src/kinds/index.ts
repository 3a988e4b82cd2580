import type { C1Reader } from '../c1/client.js';
import { inOrder, type Kind, type Lookup } from '../core/model/kind.js';
import { appModule } from './app/index.js';
import { connectorModule } from './connector/index.js';
import { sharedLookups } from './lookups.js';
import type { KindModule } from './module.js';

export type { KindModule } from './module.js';

/** All kinds, each after the kinds that it refers to. */
export const kindModules: readonly KindModule[] = inOrder([appModule, connectorModule]);

/** The tables of {@link kindModules}, in the same order. */
export const kinds: readonly Kind[] = kindModules.map(({ kind }) => kind);

/** The lookups of all kinds. Each call fetches; the caller caches. */
export function lookups(api: C1Reader, modules = kindModules): readonly Lookup[] {
  return [...sharedLookups(api), ...modules.flatMap((module) => module.lookups?.(api) ?? [])];
}
