import { createInterface } from 'node:readline/promises';
import { openSession, type Session } from '../compose.js';
import type { Result } from '../core/apply/result.js';
import type { Plan } from '../core/model/change.js';
import type { Load } from '../core/model/definition.js';
import { TerminalError } from '../core/model/errors.js';
import { phaseOf } from '../core/model/phase.js';
import type { Planned } from '../core/plan/input.js';
import { redactedPlan, redactedResult } from '../core/status/redact-shown.js';
import type { Settings } from '../settings/settings.js';
import type { BegunSignIn } from '../tenant.js';
import { nameActors } from './actors.js';
import { UsageError } from './args.js';
import { type CommonFlags, isTarget, selectTargets, withPrune } from './common.js';
import { awaitAbsence, converge, refuseUnset } from './converge.js';
import { operatorOf } from './operator.js';
import { forTenant, layout, print, printError, printJson } from './output.js';
import { showPlan } from './plan.js';
import { applyResultToJson } from './render/json.js';
import { createProgress } from './render/progress.js';
import { renderProblems } from './render/tables.js';
import { renderApplyResult } from './render/text.js';
import { comparesSecrets, differencesFrom, readSavedPlan } from './saved-plan.js';

/** The flags of `apply`. */
export interface ApplyFlags extends CommonFlags {
  readonly yes?: boolean;
  readonly failOnHeld?: boolean;
  readonly prune?: boolean;
  readonly force?: boolean;
  readonly as?: string;
}

/** `c1sync apply`, see {@link beginApply}: shows the plan, asks for confirmation, executes it. */
export async function apply(
  targets: string[],
  flags: ApplyFlags,
  begun: { readonly settings: Settings; readonly signedIn: BegunSignIn | undefined },
): Promise<void> {
  const settings = withPrune(begun.settings, flags);
  const files = targets.filter((target) => !isTarget(target));
  if (files.length > 1 || (files.length === 1 && targets.length > 1)) {
    throw new UsageError('give either objects, as Kind/name, or one file of a saved plan');
  }
  const session = await openSession(settings, {
    mode: 'write',
    command: 'apply',
    force: flags.force === true,
    by: operatorOf(flags.as),
    signedIn: begun.signedIn,
  });
  try {
    await selectTargets(session, files.length === 0 ? targets : [], flags.selector);
    await awaitAbsence(session, printError);
    const planned = await nameActors(session, await session.reconciler.plan('all'));
    if (files[0] !== undefined) await checkSaved(files[0], planned.plan, session);
    process.exitCode = await execute(session, planned, flags, files[0] !== undefined);
  } finally {
    await session.close();
  }
}

async function checkSaved(file: string, plan: Plan, { connection, settings, store }: Session): Promise<void> {
  const saved = await readSavedPlan(file);
  const place = { host: connection.url.host, workspace: settings.workspace, hashKey: store.keyId };
  const differences = differencesFrom(saved, plan, place);
  if (differences.length === 0) {
    if (!comparesSecrets(saved, place))
      printError(`${file} was saved with another hash key, so the values of its secrets are not compared.`);
    return;
  }
  throw new TerminalError(
    `the plan in ${file} is out of date, so nothing was done:\n${differences
      .map((difference) => `  - ${difference}`)
      .join('\n')}\nPlan again with: c1sync plan --out ${file}`,
  );
}

async function execute(
  session: Session,
  planned: Planned,
  flags: ApplyFlags,
  isApproved: boolean,
): Promise<number> {
  const { plan, load } = planned;
  if (load.problems.length > 0) printError(renderProblems(load.problems, layout(process.stderr)));
  refuseUnset(planned);
  const shown = redactedPlan(plan, session.redactor);
  if (flags.output === 'text') showPlan(shown, 'text', flags.tenant);
  const isIdle = [...plan.changes, ...plan.bookkeeping].every(({ held }) => held !== null);
  if (!isIdle && !isApproved && !(await isConfirmed(flags))) {
    printError('Nothing was done.');
    return 1;
  }
  const results = await converge(session, planned, createProgress(process.stderr, session.clock));
  const ended = results.map((result) => redactedResult(result, session.redactor));
  if (flags.output === 'json') printJson(applyResultToJson(shown, ended));
  else if (!isIdle) print(forTenant(renderApplyResult(shown, ended, layout(process.stdout)), flags.tenant));
  return exitCodeOf(plan, load, results, flags);
}

async function isConfirmed(flags: ApplyFlags): Promise<boolean> {
  if (flags.yes === true) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new UsageError('no terminal to ask for confirmation: give --yes');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Apply these changes? Only "yes" is accepted: ');
    return answer.trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function exitCodeOf(
  { summary, standings }: Plan,
  load: Load,
  results: readonly Result[],
  flags: ApplyFlags,
): number {
  const ended = new Set(results.map(({ key }) => key));
  // The create of an earlier run: it is not known whether its object is there.
  const isUnconfirmed = standings.some(
    ({ key, id, status }) => status === 'Settling' && id === undefined && !ended.has(key),
  );
  const isWrong =
    isUnconfirmed || results.some(({ outcome }) => outcome === 'failed' || outcome === 'settling');
  const isOutOfSync = standings.some(({ status }) => phaseOf(status) === 'out-of-sync');
  if (isWrong || load.problems.length > 0 || isOutOfSync) return 1;
  const isHeld = summary.held > 0 || results.some(({ outcome }) => outcome === 'held');
  return flags.failOnHeld === true && isHeld ? 1 : 0;
}
