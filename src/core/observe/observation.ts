import type { Clock } from '../model/clock.js';
import type { Kind, KindReader, LiveObject, Lookup, Principal } from '../model/kind.js';
import type { Records } from '../model/record.js';
import type { LogSource } from '../model/system-log.js';
import type { LookupTable } from './lookups.js';
import type { AdoptMode, Match } from './matching.js';
import type { Orphan } from './orphans.js';
import type { Desired } from './resolve.js';

/** Records were lost: objects carry our marks, and nothing was recorded when that was first seen. */
export interface Recovery {
  /** Number of observed objects with our marks. */
  readonly marked: number;
}

/** An object with our marks, and the address that they give. */
export interface UntrackedObject {
  readonly kind: Kind;
  readonly live: LiveObject;
  /** `Kind/name`. */
  readonly key: string;
}

/** One observation of the tenant, matched to the definitions. */
export interface Observation {
  /** When the observation began, milliseconds since the epoch: nothing in it is older. */
  readonly at: number;
  /** The records that it was made from. */
  readonly records: Pick<Records, 'objects' | 'intents'>;
  /** True when everything was observed. */
  readonly isFull: boolean;
  readonly desired: ReadonlyMap<string, Desired>;
  readonly matches: ReadonlyMap<string, Match>;
  readonly statedParents: ReadonlyMap<string, LiveObject>;
  readonly readErrors: ReadonlyMap<string, string>;
  readonly lookups: LookupTable;
  readonly self: Principal | undefined;
  /** Keys whose unfinished writes of write-only values are ours, by the tenant's log. */
  readonly onlyOurs: ReadonlySet<string>;
  /** Recorded objects that no definition names any more and that may have to be deleted, by key. */
  readonly orphans: ReadonlyMap<string, Orphan>;
  /** Objects with our marks but without a definition and a record, left over from lost records. */
  readonly untracked: readonly UntrackedObject[];
  /** Set while managed objects are found again after the records were lost. */
  readonly recovery: Recovery | undefined;
  /** Ids on the lists that were read in full, for judging whether an object is absent or new: `Kind` or `Kind@parent`. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The parts of an {@link Observer}. */
export interface ObserverParts {
  /** Kinds with their readers, parents first. */
  readonly readers: readonly { readonly kind: Kind; readonly reader: KindReader }[];
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** The principal of c1sync; read until the tenant names it. Undefined where it does not. */
  readonly whoAmI: (signal?: AbortSignal) => Promise<Principal | undefined>;
  readonly workspace: string;
  readonly adopt: AdoptMode;
  /** The setting `sync.prune`. */
  readonly prune: boolean;
  /** The setting `sync.onDeleted`. */
  readonly onDeleted: 'hold' | 'recreate';
  /** How long a call whose answer was lost may still be carried out, milliseconds. */
  readonly callWindowMs: number;
  /** How long an owner write may take to show, milliseconds. */
  readonly settleMs: number;
  readonly clock: Clock;
  /** The tenant's log. */
  readonly log: LogSource;
}
