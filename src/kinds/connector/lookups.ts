import { connectorCatalog } from '../../c1/catalog.js';
import type { C1Reader } from '../../c1/client.js';
import { isNotFound } from '../../c1/errors.js';
import type { Lookup } from '../../core/model/kind.js';
import { byName } from '../lookups.js';
import { connectorOperations } from './api.js';
import { parseConfigSchema } from './config-schema.js';

/** The lookups of connectors alone. */
export function connectorLookups(api: C1Reader): readonly Lookup[] {
  return [catalogLookup, configSchemaLookup(api)];
}

/** Connector types by slug: the same on every tenant, without a request. */
const catalogLookup: Lookup = byName('catalog', 'connector type', async () =>
  connectorCatalog.map(({ slug, catalogId }) => ({ id: catalogId, name: slug })),
);

/** The configuration schema of each connector type, by catalog id. Unknown types are absent. */
function configSchemaLookup(api: C1Reader): Lookup {
  const read = async (catalogId: string, signal?: AbortSignal): Promise<unknown[]> => {
    try {
      const answer = await api.search(connectorOperations.configSchema.route, { catalogId }, { signal });
      const schema = parseConfigSchema(answer);
      return schema === undefined ? [] : [schema];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  };
  return {
    name: 'configSchema',
    noun: 'configuration schema of the connector type',
    find: async (keys, signal) =>
      new Map(await Promise.all([...keys].map(async (key) => [key, await read(key, signal)] as const))),
    names: async () => new Map(),
    titles: async () => new Map(),
  };
}
