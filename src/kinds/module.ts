import type { C1Reader } from '../c1/client.js';
import type { Kind, KindReader, KindWriter, Lookup } from '../core/model/kind.js';
import type { Operation, Send, WriteOperation } from './operation.js';

/** What the tenant's API leaves to be set. */
export interface KindOptions {
  /** The role that stands for owning a connector. */
  readonly connectorOwnerRole: string;
}

/** Everything about one kind. */
export interface KindModule {
  readonly kind: Kind;
  /** Every call that its reader and its writer make. */
  readonly operations: Readonly<Record<string, Operation | WriteOperation>>;
  reader(client: C1Reader, options: KindOptions): KindReader;
  writer(send: Send, reader: C1Reader, options: KindOptions): KindWriter;
  /** Lookups that its fields name and no other kind's. */
  lookups?(api: C1Reader): readonly Lookup[];
}
