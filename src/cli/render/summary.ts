import type { Change, Held, Plan, Standing, Status } from '../../core/model/change.js';

/** The sign of each action. */
const SIGNS: Readonly<Record<Change['action'], string>> = {
  create: '+',
  update: '~',
  adopt: '>',
  delete: '-',
};

/** The sign of the action of a change. */
export function signOf({ action }: Change): string {
  return SIGNS[action];
}

const CALM: readonly Status[] = ['Synced', 'Pending', 'Drifted'];

/** `2 objects`, `1 object`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `Plan: 1 to create, 2 to update, 0 to adopt; 5 unchanged, 1 held.` Rarer counts only where they are not zero. */
export function summarySentence({ summary }: Plan): string {
  const { create, update, adopt, unchanged, held } = summary;
  const toDo = [`${create} to create`, `${update} to update`, `${adopt} to adopt`];
  if (summary.delete > 0) toDo.push(`${summary.delete} to delete`);
  const rest = [`${unchanged} unchanged`, `${held} held`];
  for (const name of ['invalid', 'failed', 'unverified', 'unmarked'] as const) {
    if (summary[name] > 0) rest.push(`${summary[name]} ${name}`);
  }
  return `Plan: ${toDo.join(', ')}; ${rest.join(', ')}.`;
}

/** `Cost: 3 requests, about 0.3 s.` Empty when there is nothing to send. */
export function costSentence({ cost }: Plan): string {
  if (cost.requests === 0) return '';
  return `Cost: ${count(cost.requests, 'request')}, about ${cost.seconds.toFixed(1)} s.`;
}

/** The headline of a plan without changes; `detail` ends the sentence where everything is in sync. */
export function emptySentence(plan: Plan, detail = ''): string {
  if (plan.bookkeeping.length > 0 || attention(plan).length > 0) return 'No visible changes.';
  const defined = plan.standings.filter(({ status }) => status !== 'Orphaned').length;
  return `No changes. The tenant is in sync with ${count(defined, 'definition')}${detail}.`;
}

/** Standings that need the user's attention and have no change in the plan. */
export function attention(plan: Plan): readonly Standing[] {
  const changed = new Set(plan.changes.map(({ key }) => key));
  return plan.standings.filter(({ key, status }) => !changed.has(key) && !CALM.includes(status));
}

/** The bookkeeping of a plan, each write with its reason. */
export function bookkeepingReasons(
  plan: Plan,
): readonly { readonly key: string; readonly reason: string; readonly held: Held | null }[] {
  const unverified = new Set(plan.standings.filter((standing) => standing.unverified).map(({ key }) => key));
  return plan.bookkeeping.map(({ key, fields, held }) => {
    const reasons = [
      ...(fields.length > 0 ? ['will be marked as managed'] : []),
      ...(unverified.has(key) ? ['secrets will be written once'] : []),
    ];
    return { key, reason: reasons.join('; ') || 'will be written once', held };
  });
}
