import type { C1Reader } from '../c1/client.js';
import type { Kind, Lookup } from '../core/model/kind.js';
import { appModule } from './app/index.js';
import { connectorModule } from './connector/index.js';
import { sharedLookups } from './lookups.js';
import type { KindModule } from './module.js';

export type { KindModule } from './module.js';

/** Every kind, parents before what lives under them. */
export const kindModules: readonly KindModule[] = [appModule, connectorModule];

/** The tables of {@link kindModules}, in the same order. */
export const kinds: readonly Kind[] = kindModules.map(({ kind }) => kind);

/** Every lookup that the kinds name. Each fetches anew; the caller keeps what it wants to keep. */
export function lookups(api: C1Reader): readonly Lookup[] {
  return [...sharedLookups(api), ...kindModules.flatMap((module) => module.lookups?.(api) ?? [])];
}
