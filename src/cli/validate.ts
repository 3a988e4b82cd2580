import { Command } from 'commander';
import { openSession } from '../compose.js';
import { systemClock } from '../core/model/clock.js';
import type { Load, Problem } from '../core/model/definition.js';
import { EventBus } from '../core/model/events.js';
import { fieldAt } from '../core/model/kind.js';
import { contextOf, withLive } from '../core/observe/resolve.js';
import type { LoadedPlan } from '../core/reconcile/reconcile.js';
import { openDefinitions } from '../definitions/open.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import { type CommonFlags, layout, print, printJson, settingsFor, withCommonFlags } from './common.js';
import { problemsToJson } from './render/json.js';
import { renderProblems } from './render/tables.js';

interface Flags extends CommonFlags {
  readonly online?: boolean;
}

/** `c1sync validate`: checks the definitions, without network unless `--online` is given. Exit 1 when something is wrong. */
export function validateCommand(): Command {
  return withCommonFlags(new Command('validate'))
    .description('check the definitions')
    .option('--online', 'also check names, connector configurations and access against the tenant')
    .action(validate);
}

async function validate(flags: Flags): Promise<void> {
  const settings = await settingsFor(flags);
  let load: Load;
  let problems: readonly Problem[];
  if (flags.online === true) {
    const session = await openSession(settings, { mode: 'plan', command: 'validate' });
    try {
      const planned = await session.reconciler.plan('all');
      load = planned.load;
      problems = [...load.problems, ...onlineProblems(planned)];
    } finally {
      await session.close();
    }
  } else {
    load = await loadOnce(settings);
    problems = load.problems;
  }
  if (flags.output === 'json') {
    printJson({
      valid: problems.length === 0,
      definitions: load.definitions.length,
      revision: load.revision,
      problems: problemsToJson(problems),
    });
  } else if (problems.length > 0) print(renderProblems(problems, layout(process.stdout)));
  else print(`${load.definitions.length} definitions are valid (revision ${load.revision}).`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

async function loadOnce(settings: Settings): Promise<Load> {
  const definitions = await openDefinitions(settings.source, {
    kinds,
    events: new EventBus(),
    clock: systemClock,
  });
  try {
    return await definitions.load();
  } finally {
    await definitions.close();
  }
}

/** What only the tenant can tell: names that match nothing, configurations its connector types do not take, refusals. */
function onlineProblems({ plan, observation }: LoadedPlan): Problem[] {
  const problems: Problem[] = [];
  for (const { key, position, status, reason } of plan.standings) {
    if (position === undefined) continue;
    if (status === 'UnresolvedReference' || status === 'Failed' || status === 'ForeignOwner') {
      problems.push({ position, key, message: reason });
    }
    const desired = observation.desired.get(key);
    if (desired === undefined) continue;
    for (const [path, declared] of Object.entries(desired.values)) {
      const field = fieldAt(desired.kind, path);
      if (field?.checkWith === undefined) continue;
      const context = contextOf(field, withLive(desired, undefined), observation.lookups);
      for (const issue of field.checkWith(declared, context)) {
        problems.push({ position, key, path: `spec.${issue.path}`, message: issue.message });
      }
    }
  }
  return problems;
}
