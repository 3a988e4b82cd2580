import { openSession } from '../compose.js';
import type { Plan } from '../core/model/change.js';
import type { Load } from '../core/model/definition.js';
import { redactedPlan } from '../core/status/redact-shown.js';
import { nameActors } from './actors.js';
import { type CommonFlags, selectTargets, settingsFor, withPrune } from './common.js';
import { forTenant, layout, print, printError, printJson } from './output.js';
import { planToJson } from './render/json.js';
import { renderPlanMarkdown } from './render/markdown.js';
import { renderProblems } from './render/tables.js';
import { renderPlan } from './render/text.js';
import { writeSavedPlan } from './saved-plan.js';

interface Flags extends CommonFlags {
  readonly out?: string;
  readonly detailedExitcode?: boolean;
  readonly prune?: boolean;
  readonly force?: boolean;
}

/** `c1sync plan`: shows the changes. Wired without the writing half of the client. */
export async function plan(targets: string[], flags: Flags): Promise<void> {
  const settings = withPrune(await settingsFor(flags), flags);
  const session = await openSession(settings, {
    mode: 'plan',
    command: 'plan',
    force: flags.force === true,
  });
  try {
    await selectTargets(session, targets, flags.selector);
    const { plan, load } = await nameActors(session, await session.reconciler.plan('all'));
    if (load.problems.length > 0) printError(renderProblems(load.problems, layout(process.stderr)));
    const shown = redactedPlan(plan, session.redactor);
    showPlan(shown, flags.output, flags.tenant);
    if (flags.out !== undefined) {
      await writeSavedPlan(flags.out, shown, {
        host: session.connection.url.host,
        workspace: settings.workspace,
        hashKey: session.store.keyId,
      });
      const hint = `Saved to ${flags.out}; apply it with: c1sync apply ${flags.out}`;
      printError(forTenant(hint, flags.tenant));
    }
    process.exitCode = exitCodeOf(plan, load, flags.detailedExitcode === true);
  } finally {
    await session.close();
  }
}

/** Prints a plan, without its secrets already, in the form that was asked for. */
export function showPlan(plan: Plan, output: CommonFlags['output'], tenant: string | undefined): void {
  if (output === 'json') printJson(planToJson(plan));
  else if (output === 'markdown') print(renderPlanMarkdown(plan));
  else print(forTenant(renderPlan(plan, layout(process.stdout)), tenant));
}

/** 1 for an error; 2, with `detailed`, for writes that are planned, held or unconfirmed; 0 otherwise. */
export function exitCodeOf(
  { summary, changes, bookkeeping, standings }: Plan,
  load: Load,
  detailed: boolean,
): number {
  if (load.problems.length > 0 || summary.failed > 0 || summary.invalid > 0) return 1;
  // An unconfirmed create is no change of the plan, but its object is missing.
  const isMissing = standings.some(
    ({ id, status }) => id === undefined && (status === 'Settling' || status === 'Pending'),
  );
  const isIdle = changes.length === 0 && bookkeeping.length === 0 && summary.held === 0 && !isMissing;
  return detailed && !isIdle ? 2 : 0;
}
