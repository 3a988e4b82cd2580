import { systemClock } from '../core/model/clock.js';
import { EventBus } from '../core/model/events.js';
import { openDefinitions } from '../definitions/open.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import { type CommonFlags, settingsFor } from './common.js';
import { layout, print, printJson } from './output.js';
import { problemsToJson } from './render/json.js';
import { renderProblems } from './render/tables.js';
import type { Checked } from './validate-online.js';

interface Flags extends CommonFlags {
  readonly online?: boolean;
}

/** `c1sync validate`: checks the definitions, without network unless `--online` is given. Exit 1 when something is wrong. */
export async function validate(flags: Flags): Promise<void> {
  const settings = await settingsFor(flags);
  const { load, problems } =
    flags.online === true
      ? await (await import('./validate-online.js')).checkOnline(settings)
      : await checkFiles(settings);
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

async function checkFiles(settings: Settings): Promise<Checked> {
  const definitions = await openDefinitions(settings.source, {
    kinds,
    events: new EventBus(),
    clock: systemClock,
  });
  try {
    const load = await definitions.load();
    return { load, problems: load.problems };
  } finally {
    await definitions.close();
  }
}
