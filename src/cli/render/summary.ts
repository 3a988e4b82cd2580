import {
  type Change,
  type Held,
  type Plan,
  RISKS,
  type Standing,
  type Status,
} from '../../core/model/change.js';

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

/** `2 objects`, `1 object`, `3 policies`. */
export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : `${noun}s`.replace(/ys$/, 'ies')}`;
}

/** `+ create, - delete`: the signs of the actions of a plan. Empty for a plan without changes. */
export function legendOf({ changes }: Plan): string {
  const used = Object.entries(SIGNS).filter(([action]) => changes.some((change) => change.action === action));
  return used.map(([action, sign]) => `${sign} ${action}`).join(', ');
}

/** Changes for people: those with the greatest risk first. */
export function byRisk(changes: readonly Change[]): readonly Change[] {
  const rank = ({ risk }: Change): number => (risk === undefined ? RISKS.length : RISKS.indexOf(risk));
  return [...changes].sort((a, b) => rank(a) - rank(b));
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
  const pressing = attention(plan).length;
  if (pressing > 0) {
    return `Nothing to change now; ${count(pressing, 'object')} ${pressing === 1 ? 'needs' : 'need'} attention.`;
  }
  if (plan.bookkeeping.length > 0) return 'No field differs.';
  const defined = plan.standings.filter(({ status }) => status !== 'Orphaned').length;
  return `No changes. The tenant is in sync with ${count(defined, 'definition')}${detail}.`;
}

/** Standings that need the user's attention and have no change in the plan. */
export function attention(plan: Plan): readonly Standing[] {
  const changed = new Set(plan.changes.map(({ key }) => key));
  return plan.standings.filter(({ key, status }) => !changed.has(key) && !CALM.includes(status));
}

/** `Bookkeeping: 6 apps to mark, 3 connectors whose secrets will be written once.` Empty without any. */
export function bookkeepingSentence(plan: Plan): string {
  const secretive = unverifiedKeys(plan);
  const marking = plan.bookkeeping.filter(({ fields }) => fields.length > 0);
  const writing = plan.bookkeeping.filter(({ key }) => secretive.has(key));
  const others = plan.bookkeeping.filter((one) => !marking.includes(one) && !writing.includes(one));
  const parts = [
    ...countsByKind(marking).map((number) => `${number} to mark`),
    ...countsByKind(writing).map((number) => `${number} whose secrets will be written once`),
    ...countsByKind(others).map((number) => `${number} whose secrets have no value here`),
  ];
  return parts.length === 0 ? '' : `Bookkeeping: ${parts.join(', ')}.`;
}

function countsByKind(changes: readonly Change[]): string[] {
  const kinds = [...new Set(changes.map(({ kind }) => kind))];
  return kinds.map((kind) =>
    count(changes.filter((change) => change.kind === kind).length, kind.toLowerCase()),
  );
}

/** Secrets that were written before, in a plan without their values. */
const UNCOMPARED = 'secrets cannot be compared without their values; they are written if they differ';

function unverifiedKeys({ standings }: Plan): ReadonlySet<string> {
  return new Set(standings.filter(({ unverified }) => unverified).map(({ key }) => key));
}

/** The bookkeeping of a plan, each write with its reason. */
export function bookkeepingReasons(
  plan: Plan,
): readonly { readonly key: string; readonly reason: string; readonly held: Held | null }[] {
  const unverified = unverifiedKeys(plan);
  return plan.bookkeeping.map(({ key, fields, held }) => {
    const reasons = [
      ...(fields.length > 0 ? ['will be marked as managed'] : []),
      ...(unverified.has(key) ? ['secrets will be written once'] : []),
    ];
    return { key, reason: reasons.join('; ') || UNCOMPARED, held };
  });
}
