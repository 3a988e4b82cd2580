import type { KindModule } from '../module.js';
import { connectorOperations, connectorReader, connectorWriter } from './api.js';
import { connectorLookups } from './lookups.js';
import { connectorKind } from './schema.js';

/** The kind Connector: table, reader and writer. */
export const connectorModule: KindModule = {
  kind: connectorKind,
  operations: connectorOperations,
  reader: connectorReader,
  writer: connectorWriter,
  lookups: connectorLookups,
};
