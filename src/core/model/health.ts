/** The health of objects by the tenant, the best first. */
export const HEALTHS = ['Healthy', 'Syncing', 'Paused', 'Failing', 'Unknown'] as const;

/** The health of an object by the tenant: its fact `health`, where its kind has one. */
export type Health = (typeof HEALTHS)[number];

/** The last run of an object in the tenant, for a kind whose objects run. */
export interface Run {
  /** Differs from run to run; empty before the first one. */
  readonly id: string;
  readonly isOver: boolean;
}

/** The number of objects of every health; objects without one do not count. */
export type HealthCounts = Readonly<Record<Health, number>>;

/** The health among facts; undefined for an object of a kind without health. */
export function healthIn({ health }: Readonly<Record<string, unknown>>): Health | undefined {
  return HEALTHS.find((one) => one === health);
}

/** Counts objects by the health among their facts. */
export function countHealth(
  objects: Iterable<{ readonly facts: Readonly<Record<string, unknown>> }>,
): HealthCounts {
  const counts = Object.fromEntries(HEALTHS.map((health) => [health, 0])) as Record<Health, number>;
  for (const { facts } of objects) {
    const health = healthIn(facts);
    if (health !== undefined) counts[health] += 1;
  }
  return counts;
}

/** `3 Healthy, 1 Failing`; empty where no object has a health. */
export function healthText(counts: HealthCounts): string {
  return HEALTHS.filter((health) => counts[health] > 0)
    .map((health) => `${counts[health].toLocaleString('en')} ${health}`)
    .join(', ');
}
