import { z } from 'zod';

/** What can be turned while the emulator runs. */
export interface Settings {
  /** How long every answer waits, milliseconds. */
  latencyMs: number;
  /** Requests allowed in a second, with a burst of as many; 0 for no limit. */
  requestsPerSecond: number;
  /** How long a write of an app's owners takes until a read shows it, milliseconds. */
  ownerDelayMs: number;
  /** Whether reads are in the system log too. */
  logReads: boolean;
  /** The features the tenant has; a field that needs another one answers 403. */
  features: string[];
  /** Whether a connector made without owners is owned by its creator; otherwise nobody owns it. */
  connectorCreatorOwns: boolean;
  /** How a read by id answers for a deleted app or connector: with the object and its `deletedAt`, or with 404. */
  deletedReads: '404' | 'deletedAt';
  /**
   * How display names of apps and connectors are kept: as sent; `trimmed` of outer blanks, with each run of inner
   * ones as a single space; `folded` to lower case and Unicode's composed form (NFC).
   */
  names: 'kept' | 'trimmed' | 'folded';
}

/** Features that a field of the API needs; a tenant has them all unless it is told otherwise. */
const knownFeatures = ['PARALLEL_SYNC', 'CONNECTOR_SOURCED_OWNERSHIP'];

/** What a tenant starts with. */
export const defaultSettings: Settings = {
  latencyMs: 0,
  requestsPerSecond: 0,
  ownerDelayMs: 0,
  logReads: false,
  features: [...knownFeatures],
  connectorCreatorOwns: true,
  deletedReads: 'deletedAt',
  names: 'kept',
};

/** A change of settings: any part of them, nothing else. */
export const settingsPatch = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  requestsPerSecond: z.number().min(0).optional(),
  ownerDelayMs: z.number().min(0).optional(),
  logReads: z.boolean().optional(),
  features: z.array(z.string()).optional(),
  connectorCreatorOwns: z.boolean().optional(),
  deletedReads: z.enum(['404', 'deletedAt']).optional(),
  names: z.enum(['kept', 'trimmed', 'folded']).optional(),
});

/** Puts the given values into `settings`; keys that are not given stay. */
export function applySettings(settings: Settings, patch: z.infer<typeof settingsPatch>): void {
  Object.assign(settings, Object.fromEntries(Object.entries(patch).filter(([, v]) => v !== undefined)));
}
