import { documentOf } from '../folder.js';
import { DEFINITIONS } from '../settings.js';
import { type Action, action } from './action.js';
import { applyOnce } from './commands.js';

/** Another checkout, of which nobody knows how old it is. */
const ELSEWHERE = '/elsewhere';

const applyElsewhere = action<{ readonly uids: readonly string[] }>({
  name: 'somebody applies another folder and prunes',
  weight: 2,
  propose: (world, random) => ({ uids: random.some(world.model.defined).map(({ uid }) => uid) }),
  run(world, { uids }) {
    const named = world.model.defined.filter(({ uid }) => uids.includes(uid));
    const things = named.filter(({ app }) => app === undefined || named.includes(app));
    world.folder.remove(ELSEWHERE);
    world.folder.write(`${ELSEWHERE}/some.yaml`, things.map(documentOf).join('\n---\n'));
    world.judge.deletions.holds(ELSEWHERE, things);
    for (const process of world.daemons) world.kill(process);
    world.process('apply', true, ELSEWHERE).work('apply', applyOnce);
  },
});

const swapRoot = action<{ readonly to: string }>({
  name: 'the folder of definitions is another revision by its link',
  weight: 2,
  propose: (world) => ({ to: `/revisions/${world.model.unique()}` }),
  run(world, { to }) {
    world.repair();
    world.folder.swap(DEFINITIONS, to);
  },
});

/** Where definitions come from. */
export const sourceActions: readonly Action[] = [applyElsewhere, swapRoot];
