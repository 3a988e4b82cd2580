import { catalogOf, keyOf, type Thing } from '../model.js';
import { WORKSPACE } from '../settings.js';
import { asObject } from '../tenant.js';
import type { World } from '../world.js';
import { type Action, action } from './action.js';
import { MOST_THINGS } from './definitions.js';

const rivalText = 'another object has its name';

/** What may follow from an object that could be taken for that of a thing. */
function confuses(world: World, thing: Thing): void {
  for (const one of [thing, ...world.model.under(thing)]) {
    one.causes.set('Held', rivalText);
    one.causes.set('Failed', rivalText);
  }
}

function noteStranger(world: World, kind: Thing['kind'], id: string): void {
  world.model.note({ id, kind, by: 'person', thing: undefined, madeAs: undefined, isExcused: false });
}

/** Has an app of the name of a thing made, by somebody else. */
export async function makeApp(
  world: World,
  thing: Thing,
  more: object,
  as: 'daemon' | 'person',
): Promise<void> {
  const body = {
    displayName: thing.declared.get('displayName'),
    description: 'Another of this name',
    ...more,
  };
  const answer = await world.people.call('POST', '/api/v1/apps', body, as);
  if (answer === undefined) return;
  noteStranger(world, 'App', String(asObject(answer.app).id));
  confuses(world, thing);
}

const copiedMarks = action({
  name: 'a person copies the marks to a second app',
  weight: 1,
  propose(world, random) {
    const thing = random.pick(
      world.model.defined.filter(({ kind, isForeign }) => kind === 'App' && !isForeign),
    );
    return thing && { uid: thing.uid, displayName: `Copy ${world.model.unique()}` };
  },
  async run(world, { uid, displayName }) {
    const thing = world.model.thing(uid);
    if (thing === undefined) return;
    const annotations = {
      managed_by: 'c1sync',
      iac_workspace: WORKSPACE,
      iac_resource_address: keyOf(thing),
    };
    await makeApp(world, thing, { displayName, annotations }, 'person');
    world.findsMarks();
  },
});

interface Lost {
  readonly number: number;
  readonly displayName: string;
  readonly ms: number;
  readonly file: string;
}

const afterLostCreate = action<Lost>({
  name: 'a create is lost, and a person makes the app',
  weight: 2,
  propose: (world, random) => ({
    number: world.model.unique(),
    displayName: `App ${world.model.unique()}`,
    ms: random.int(500, 20_000),
    file: `lost/${world.model.unique()}.yaml`,
  }),
  run(world, { number, displayName, ms, file }) {
    const thing = world.model.add({ number, kind: 'App', app: undefined, displayName, isForeign: false });
    thing.file = file;
    world.network.faults.push({ match: '^POST /api/v1/apps$', times: 1, answer: 'reset', effect: 'none' });
    world.publish([file], [thing]);
    world.later(ms, 'a person makes the app', () => makeApp(world, thing, {}, 'person'));
  },
});

interface LostConnector extends Lost {
  readonly app: string;
}

const connectorAfterLostCreate = action<LostConnector>({
  name: 'a create is lost, and a person makes the connector',
  weight: 1,
  propose(world, random) {
    if (world.model.things.length >= MOST_THINGS) return undefined;
    const app = random.pick(world.model.defined.filter(({ kind, ids }) => kind === 'App' && ids.size > 0));
    return (
      app && {
        app: app.uid,
        number: world.model.unique(),
        displayName: `Connector ${world.model.unique()}`,
        ms: random.int(500, 20_000),
        file: `lost/${world.model.unique()}.yaml`,
      }
    );
  },
  run(world, { app: uid, number, displayName, ms, file }) {
    const app = world.model.thing(uid);
    if (app?.file === undefined) return;
    const thing = world.model.add({ number, kind: 'Connector', app, displayName, isForeign: false });
    thing.isForgotten = world.recovering !== undefined;
    thing.file = file;
    world.network.faults.push({ match: '/connectors$', times: 1, answer: 'reset', effect: 'none' });
    world.publish([file], [thing]);
    world.later(ms, 'a person makes the connector', () => makeConnector(world, thing));
  },
});

async function makeConnector(world: World, thing: Thing): Promise<void> {
  const app = thing.app && [...thing.app.ids].find((id) => world.model.origins.has(id));
  if (app === undefined) return;
  const body = {
    catalogId: catalogOf(thing),
    displayName: thing.declared.get('displayName'),
    description: 'Another of this name',
  };
  const answer = await world.people.call('POST', `/api/v1/apps/${app}/connectors`, body, 'person');
  if (answer === undefined) return;
  const { connector } = asObject(answer.connectorView);
  noteStranger(world, 'Connector', String(asObject(connector).id));
  confuses(world, thing);
}

const connectorNamesake = action({
  name: 'a person makes a connector of the same name',
  weight: 1,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ kind }) => kind === 'Connector'));
    return thing && { uid: thing.uid };
  },
  async run(world, { uid }) {
    const thing = world.model.thing(uid);
    if (thing !== undefined) await makeConnector(world, thing);
  },
});

interface Copy {
  readonly uid: string;
  readonly number: number;
  readonly file: string;
}

/** Both definitions mean one object: c1sync refuses both, until one of them goes. */
const copiedDefinition = action<Copy>({
  name: 'a definition is copied under another name',
  weight: 1,
  propose(world, random) {
    const thing = random.pick(world.model.defined.filter(({ isForeign }) => !isForeign));
    if (thing === undefined || world.model.things.length >= MOST_THINGS) return undefined;
    return { uid: thing.uid, number: world.model.unique(), file: `copy/${world.model.unique()}.yaml` };
  },
  run(world, { uid, number, file }) {
    const thing = world.model.thing(uid);
    if (thing?.file === undefined) return;
    const { kind, app, declared, secret } = thing;
    const copy = world.model.add({
      number,
      kind,
      app,
      displayName: String(declared.get('displayName')),
      hasSecret: secret !== undefined,
      isForeign: false,
    });
    copy.isForgotten = kind === 'Connector' && world.recovering !== undefined;
    world.publishSecret(copy);
    copy.file = file;
    confuses(world, thing);
    confuses(world, copy);
    world.publish([file], [copy]);
  },
});

/** Objects and definitions that people make and that look like ours. */
export const rivalActions: readonly Action[] = [
  copiedMarks,
  afterLostCreate,
  connectorAfterLostCreate,
  connectorNamesake,
  copiedDefinition,
];
