import { z } from 'zod';

/** What can be turned while the emulator runs. */
const settingsSchema = z.strictObject({
  /** How long every answer waits, milliseconds. */
  latencyMs: z.number().min(0),
  /** Requests allowed in a second, with a burst of as many; 0 for no limit. */
  requestsPerSecond: z.number().min(0),
  /** How long a write of an app's owners takes until a read shows it, milliseconds. */
  ownerDelayMs: z.number().min(0),
  /** Whether reads are in the system log too. */
  logReads: z.boolean(),
  /** The features the tenant has; a field that needs another one answers 403. */
  features: z.array(z.string()),
  /** Whether a connector made without owners is owned by its creator; otherwise nobody owns it. */
  connectorCreatorOwns: z.boolean(),
  /** How a read by id answers for a deleted app or connector: with the object and its `deletedAt`, or with 404. */
  deletedReads: z.enum(['404', 'deletedAt']),
  /**
   * How display names of apps and connectors are kept: as sent; `trimmed` of outer blanks, with each run of inner
   * ones as a single space; `folded` to lower case and Unicode's composed form (NFC).
   */
  names: z.enum(['kept', 'trimmed', 'folded']),
});

/** What is turned at present. */
export type Settings = z.infer<typeof settingsSchema>;

/** What a tenant starts with; it has every feature that a field of the API needs. */
export const defaultSettings: Settings = {
  latencyMs: 0,
  requestsPerSecond: 0,
  ownerDelayMs: 0,
  logReads: false,
  features: ['PARALLEL_SYNC', 'CONNECTOR_SOURCED_OWNERSHIP'],
  connectorCreatorOwns: true,
  deletedReads: 'deletedAt',
  names: 'kept',
};

/** A change of settings: any part of them, nothing else. */
export const settingsPatch = settingsSchema.partial();

/** Puts the given values into `settings`; keys that are not given stay. */
export function applySettings(settings: Settings, patch: z.infer<typeof settingsPatch>): void {
  Object.assign(settings, Object.fromEntries(Object.entries(patch).filter(([, v]) => v !== undefined)));
}
