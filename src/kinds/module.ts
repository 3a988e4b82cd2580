import type { C1Reader, C1Writer } from '../c1/client.js';
import type { Kind, KindReader, KindWriter, Lookup } from '../core/model/kind.js';

/** What the tenant's API leaves to be set. */
export interface KindOptions {
  /** The role that stands for owning a connector. */
  readonly connectorOwnerRole: string;
}

/** Everything about one kind. */
export interface KindModule {
  readonly kind: Kind;
  reader(api: C1Reader, options: KindOptions): KindReader;
  writer(api: C1Writer, reader: C1Reader, options: KindOptions): KindWriter;
  /** Lookups that its fields name and no other kind's. */
  lookups?(api: C1Reader): readonly Lookup[];
}
