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
  /** How a deleted app reads: `marked` answers it with its `deletedAt`, `missing` answers 404. */
  deletedApps: 'marked' | 'missing';
}

/** Features that a field of the API needs; a tenant has them all unless it is told otherwise. */
export const knownFeatures = ['PARALLEL_SYNC', 'CONNECTOR_SOURCED_OWNERSHIP'];

/** What a tenant starts with. */
export const defaultSettings: Settings = {
  latencyMs: 0,
  requestsPerSecond: 0,
  ownerDelayMs: 0,
  logReads: false,
  features: [...knownFeatures],
  deletedApps: 'marked',
};

/** A change of settings: any part of them, nothing else. */
export const settingsPatch = z.strictObject({
  latencyMs: z.number().min(0).optional(),
  requestsPerSecond: z.number().min(0).optional(),
  ownerDelayMs: z.number().min(0).optional(),
  logReads: z.boolean().optional(),
  features: z.array(z.string()).optional(),
  deletedApps: z.enum(['marked', 'missing']).optional(),
});

/** Puts the given values into `settings`; keys that are not given stay. */
export function applySettings(settings: Settings, patch: z.infer<typeof settingsPatch>): void {
  Object.assign(settings, Object.fromEntries(Object.entries(patch).filter(([, v]) => v !== undefined)));
}
