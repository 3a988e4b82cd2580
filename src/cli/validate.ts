import { systemClock } from '../core/model/clock.js';
import { EventBus } from '../core/model/events.js';
import { openDefinitions } from '../definitions/open.js';
import { kinds } from '../kinds/index.js';
import type { Settings } from '../settings/settings.js';
import type { CommonFlags } from './common.js';
import { layout } from './output.js';
import { problemsToJson } from './render/json.js';
import { renderProblems } from './render/tables.js';
import { reportEach } from './tenants.js';
import type { Checked } from './validate-online.js';

interface Flags extends CommonFlags {
  readonly online?: boolean;
}

/** `c1sync validate`: checks the definitions, without network unless `--online` is given. Exit 1 for any problem. */
export async function validate(flags: Flags): Promise<void> {
  await reportEach(flags, 'valid', async (settings) => {
    const { load, problems } =
      flags.online === true
        ? await (await import('./validate-online.js')).checkOnline(settings)
        : await checkFiles(settings);
    const { definitions, revision } = load;
    const ok = problems.length === 0;
    return {
      ok,
      json: { valid: ok, definitions: definitions.length, revision, problems: problemsToJson(problems) },
      text: () =>
        ok
          ? `${definitions.length} definitions are valid (revision ${revision}).`
          : renderProblems(problems, layout(process.stdout)),
    };
  });
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
