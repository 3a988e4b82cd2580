import { CONFIG, configOf, configWith } from '../../model/fields.js';
import { noteConfigured, noteContested, type Thing } from '../model.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';
import { objectOf } from './tenant.js';

interface LostWrite {
  readonly uid: string;
  readonly number: number;
  readonly token: string;
  /** Milliseconds until a person writes the configuration. */
  readonly ms: number;
  readonly answer: 'reset' | 'timeout' | 'html';
  readonly effect: 'none' | 'done';
}

const lostWrite = action<LostWrite>({
  name: 'the answer of a config write is lost, and a person rotates',
  weight: 2,
  propose(world, random) {
    const thing = random.pick(
      world.model.defined.filter((one) => one.secret !== undefined && objectOf(world, one) !== undefined),
    );
    return (
      thing && {
        uid: thing.uid,
        number: world.model.unique(),
        token: `foreign-${world.model.unique()}`,
        ms: random.int(100, 30_000),
        answer: random.pick(['reset', 'timeout', 'html'] as const) ?? 'reset',
        effect: random.chance(0.7) ? 'done' : 'none',
      }
    );
  },
  run(world, { uid, number, token, ms, answer, effect }) {
    const thing = world.model.thing(uid);
    if (thing?.secret === undefined || thing.file === undefined) return;
    world.network.faults.push({ match: '^POST .*/connectors/[^/]+$', times: 1, answer, effect });
    thing.secret.value = world.model.plant(number);
    thing.rotatedAt = undefined;
    noteConfigured(thing);
    world.publishSecret(thing);
    world.later(ms, 'a person rotates', () => rotates(world, thing, token));
  },
});

async function rotates(world: World, thing: Thing, token: string): Promise<void> {
  const object = objectOf(world, thing);
  if (object === undefined) return;
  const { connectors } = await world.people.state();
  const held = configOf(connectors.find(({ id }) => id === object.id) ?? {}).token;
  const config = configWith({ site: 'https://site.example', token });
  await world.people.call('POST', object.at, { connector: { config }, updateMask: CONFIG }, 'person');
  noteContested(thing, CONFIG);
  // A definition whose change never arrived is a change still: it may be written over this.
  thing.rotatedAt = held === thing.secret?.value ? world.loop.now : undefined;
  noteConfigured(thing);
}

/** What happens to secrets while their writes are under way. */
export const secretActions: readonly Action[] = [lostWrite];
