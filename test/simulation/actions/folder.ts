import { DEFINITIONS } from '../settings.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';

const folders = ['', '/team', '/team/deep', '/other'] as const;
type Damage = 'unmounted' | 'emptied' | 'a file';

const damage = action<{ readonly folder: string; readonly how: Damage }>({
  name: 'a folder of definitions is damaged',
  weight: 2,
  propose(world, random) {
    const folder = random.pick(folders) ?? '';
    // Only records say that a folder or a file below the root had definitions.
    if (folder !== '' && world.recovering !== undefined) return undefined;
    // A folder that is gone from another one was removed; the root of all that is gone was not mounted.
    const hows: readonly Damage[] = folder === '' ? ['unmounted', 'emptied'] : ['emptied', 'a file'];
    const how = random.pick(hows) ?? 'emptied';
    const isThere = world.model.defined.some(({ file }) => `/${file}`.startsWith(`${folder}/`));
    return isThere ? { folder, how } : undefined;
  },
  run(world, { folder, how }) {
    const place = `${DEFINITIONS}${folder}`;
    world.folder.remove(place);
    if (how === 'emptied') world.folder.makeFolder(place);
    if (how === 'a file') world.folder.write(place, '');
    world.damaged.add(place);
  },
});

const folderForFile = action<{ readonly file: string }>({
  name: 'a folder takes the place of a file',
  weight: 1,
  propose(world, random) {
    const file = random.pick(filesOf(world));
    return file === undefined || world.recovering !== undefined ? undefined : { file };
  },
  run(world, { file }) {
    const place = `${DEFINITIONS}/${file}`;
    world.folder.remove(place);
    world.folder.makeFolder(place);
    world.damaged.add(place);
  },
});

const repair = action({
  name: 'the folder of definitions is restored',
  weight: 3,
  propose: (world) => (world.damaged.size > 0 ? {} : undefined),
  run: (world) => world.repair(),
});

const loseSecret = action<{ readonly uid: string }>({
  name: 'the file of a secret is missing',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ secret }) => secret !== undefined));
    return thing && { uid: thing.uid };
  },
  run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing?.secret === undefined) return;
    world.folder.remove(thing.secret.file);
    world.damaged.add(thing.secret.file);
  },
});

function filesOf(world: World): string[] {
  return [...new Set(world.model.defined.flatMap(({ file }) => file ?? []))];
}

/** What happens to the folders that definitions and secrets are in. */
export const folderActions: readonly Action[] = [damage, folderForFile, repair, loseSecret];
