import { z } from 'zod';

/** The settings that can change while the emulator runs. */
const settingsSchema = z.strictObject({
  /** The delay of every answer, milliseconds. */
  latencyMs: z.number().min(0),
  /** Requests per second, with a burst of as many; 0 means no limit. */
  requestsPerSecond: z.number().min(0),
  /** The delay until reads show a write of an app's owners, milliseconds. */
  ownerDelayMs: z.number().min(0),
  /** Whether the system log includes reads. */
  logReads: z.boolean(),
  /** The enabled features. A write of a field that needs another feature gets a 403. */
  features: z.array(z.string()),
  /** Whether the creator owns a connector that is created without owners; otherwise it has no owner. */
  connectorCreatorOwns: z.boolean(),
  /** The answer to a read of a deleted app or connector by id: the object with its `deletedAt`, or 404. */
  deletedReads: z.enum(['404', 'deletedAt']),
  /**
   * The stored form of display names of apps and connectors: `kept` as sent; `trimmed` of outer blanks, with each run of
   * inner blanks as one space; `folded` to lower case and NFC.
   */
  names: z.enum(['kept', 'trimmed', 'folded']),
});

/** The current settings. */
export type Settings = z.infer<typeof settingsSchema>;

/** The default settings: every feature that a field of the API needs is enabled. */
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

/** A change of some settings; unknown keys are errors. */
export const settingsPatch = settingsSchema.partial();

/** Sets the given values in `settings`; other keys stay. */
export function applySettings(settings: Settings, patch: z.infer<typeof settingsPatch>): void {
  Object.assign(settings, Object.fromEntries(Object.entries(patch).filter(([, v]) => v !== undefined)));
}
