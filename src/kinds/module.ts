import type { C1Reader } from '../c1/client.js';
import type { Kind, KindReader, KindWriter, Lookup } from '../core/model/kind.js';
import type { Operation, Send, WriteOperation } from './operation.js';

/** The settings of the API that a kind needs. */
export interface KindOptions {
  /** The role of the owners of a connector. */
  readonly connectorOwnerRole: string;
}

/** One kind: table, reader, writer and lookups. */
export interface KindModule {
  readonly kind: Kind;
  /** The calls of its reader and its writer. */
  readonly operations: Readonly<Record<string, Operation | WriteOperation>>;
  reader(client: C1Reader, options: KindOptions): KindReader;
  writer(send: Send, reader: C1Reader, options: KindOptions): KindWriter;
  /** Lookups of its fields that no other kind uses. */
  lookups?(api: C1Reader): readonly Lookup[];
}
