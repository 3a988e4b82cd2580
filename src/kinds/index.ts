import type { Kind } from '../core/kind.js';
import { appModule } from './app/index.js';
import { connectorModule } from './connector/index.js';
import type { KindModule } from './module.js';

export { lookups } from './lookups.js';
export type { KindModule, KindOptions } from './module.js';

/** Every kind, parents before what lives under them. */
export const kindModules: readonly KindModule[] = [appModule, connectorModule];

/** The tables of {@link kindModules}, in the same order. */
export const kinds: readonly Kind[] = kindModules.map(({ kind }) => kind);
