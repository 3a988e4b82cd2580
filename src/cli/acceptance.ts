import { TerminalError } from '../core/model/errors.js';
import type { Lookup } from '../core/model/kind.js';
import { type Acceptance, acceptanceOf, type Comparison, namesFor } from '../core/plan/accept.js';
import type { Planned } from '../core/plan/input.js';
import type { Planner } from '../core/reconcile/planner.js';
import { type AmendedFile, amend } from '../definitions/amend.js';
import { kinds } from '../kinds/index.js';
import type { Accepted } from './render/accepted.js';

/** The parts of accepting. */
export interface AcceptParts {
  readonly planner: Pick<Planner, 'plan' | 'compare'>;
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** The directory of the definitions. */
  readonly directory: string;
}

/** An object, and how its definition accepts it. */
interface Taken {
  readonly comparison: Comparison;
  readonly acceptance: Acceptance;
}

/**
 * How the definitions of a plan accept their objects as they are, and the files that say so. Writes nothing.
 * @throws TerminalError with every reason, where an object cannot be accepted as it is
 */
export async function acceptAll(
  parts: AcceptParts,
  planned: Planned,
): Promise<{ readonly accepted: readonly Accepted[]; readonly files: readonly AmendedFile[] }> {
  const taken = await acceptances(parts, planned);
  const accepted = taken.map(({ comparison, acceptance }) => ({
    key: comparison.desired.definition.key,
    acceptance,
  }));
  return { accepted, files: await amendedFiles(parts, taken) };
}

async function acceptances(
  { planner, lookups }: AcceptParts,
  { plan, load, observation }: Planned,
): Promise<readonly Taken[]> {
  const reasons: string[] = [];
  const comparisons = plan.standings.flatMap(({ key, reason, status }) => {
    const comparison = load.invalid.has(key) ? undefined : planner.compare(load, observation, key);
    if (comparison === undefined) reasons.push(`${key} is ${status}: ${reason}`);
    return comparison ?? [];
  });
  const names = await namesFor(comparisons, lookups);
  const taken = comparisons.map((comparison) => ({
    comparison,
    acceptance: acceptanceOf(comparison, names),
  }));
  for (const { comparison, acceptance } of taken) {
    const { key } = comparison.desired.definition;
    reasons.push(...acceptance.refused.map((reason) => `${key}: ${reason}`));
  }
  if (reasons.length === 0) return taken;
  throw new TerminalError(`nothing was accepted:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);
}

/** The changed files, after a plan of what they say: the accepted fields differ no more. */
async function amendedFiles(
  { planner, directory }: AcceptParts,
  taken: readonly Taken[],
): Promise<readonly AmendedFile[]> {
  const changing = taken.filter(({ acceptance }) => acceptance.edits.length > 0);
  if (changing.length === 0) return [];
  const amendments = changing.map(({ comparison, acceptance }) => ({
    definition: comparison.desired.definition,
    edits: acceptance.edits,
  }));
  const { files, load } = await amend(directory, kinds, amendments);
  const keys = changing.map(({ comparison }) => comparison.desired.definition.key);
  const { observation } = await planner.plan(load, new Set(keys));
  for (const key of keys) requireInSync(key, planner.compare(load, observation, key));
  return files;
}

function requireInSync(key: string, comparison: Comparison | undefined): void {
  const left = [...(comparison?.differences.values() ?? [])].flatMap(({ changes }) =>
    changes.flatMap(({ path: place, sensitive }) => (sensitive === true ? [] : place)),
  );
  if (comparison !== undefined && left.length === 0) return;
  const what =
    left.length === 0 ? 'the object could not be compared again' : `${left.join(', ')} would still differ`;
  throw new TerminalError(
    `${key}: ${what}, so nothing was written; it may change right now: run the command again`,
  );
}
