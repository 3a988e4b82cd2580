import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LoadStart } from '../../src/core/model/definition.js';
import { messageOf } from '../../src/core/model/errors.js';
import { DefinitionSource } from '../../src/definitions/load.js';
import { Random } from '../model/random.js';
import { SimulatedFolder } from '../simulation/folder.js';
import { Loop } from '../simulation/loop.js';
import { Trace } from '../simulation/trace.js';
import { testKinds } from '../support/kinds.js';
import { door, house } from './folder.js';

const ROOT = '/definitions';

/** Documents of the same length are among them, invalid and half-written ones, and no document at all. */
const texts = [
  house('a', 'rooms: 3'),
  house('a', 'rooms: 4'),
  house('b', 'rooms: x'),
  `${house('b', 'rooms: 5')}---\n${door('d', 'a')}`,
  `${house('c')}---\n${door('d', 'b')}`,
  door('e', 'nowhere'),
  house('a').slice(0, 40),
  'x: [',
  '',
];

const files = [
  'a.yaml',
  'b.yml',
  'team/c.yaml',
  'team/deep/d.yaml',
  '.hidden.yaml',
  'team/.keep',
  'notes.txt',
];
const links = ['z.yaml', 'team/z.yaml', 'linked', '..data', 'team/linked.yml'];
const targets = ['a.yaml', '../a.yaml', 'team', '..1', '..data/x.yaml', 'nowhere', '/outside/a.yaml'];

/** One change of the folder, or of the time. */
type Change = (world: World) => void;

class World {
  time = 1_000_000;
  readonly now = (): number => this.time;
  readonly settings = 0;
  readonly folder = new SimulatedFolder(new Loop(new Random(1), new Trace(false)), this);
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...files, '..1/x.yaml', '..2/x.yaml'), fc.constantFrom(...texts)).map(
      ([file, text]): Change =>
        ({ folder }) =>
          folder.write(`${ROOT}/${file}`, text),
    ),
  },
  fc.constantFrom(...files, ...links, 'team', 'team/deep').map(
    (place): Change =>
      ({ folder }) =>
        void folder.remove(`${ROOT}/${place}`),
  ),
  fc.tuple(fc.constantFrom(...links), fc.constantFrom(...targets)).map(
    ([place, to]): Change =>
      ({ folder }) =>
        folder.link(`${ROOT}/${place}`, to),
  ),
  fc.constantFrom('..1', '..2').map(
    (to): Change =>
      ({ folder }) =>
        folder.link(`${ROOT}/..data`, to),
  ),
  fc.constantFrom('/r/1', '/r/2').map(
    (to): Change =>
      ({ folder }) =>
        folder.swap(ROOT, to),
  ),
  fc.constantFrom('team', 'empty').map(
    (at): Change =>
      ({ folder }) =>
        folder.makeFolder(`${ROOT}/${at}`),
  ),
  {
    weight: 3,
    arbitrary: fc.constantFrom(0, 300, 1_500, 2_500, 60_000).map(
      (ms): Change =>
        (world) => {
          world.time += ms;
        },
    ),
  },
);

const round = fc.record({
  changes: fc.array(change, { maxLength: 3 }),
  from: fc.constantFrom('nothing', 'files', 'changes', 'hints', 'hints', 'hints'),
});

it('is the same wherever it starts, after any changes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 8 }), async (rounds) => {
      const world = new World();
      const { folder, now } = world;
      folder.makeFolder(ROOT);
      let named = new Set<string>();
      folder.watch((place) => void named.add(place));
      const options = { directory: ROOT, kinds: testKinds, env: {}, reader: folder.atOnce, now };
      const source = new DefinitionSource(options);
      for (const { changes, from } of rounds) {
        for (const make of changes) make(world);
        const start: LoadStart = from === 'hints' ? named : (from as LoadStart);
        named = new Set();
        const found = await source.load(undefined, start).catch(messageOf);
        const whole = await new DefinitionSource(options, source).load(undefined, 'nothing').catch(messageOf);
        expect(found).toEqual(whole);
      }
    }),
    { numRuns: 80 },
  );
});

const edit = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  rooms: fc.nat(3),
  more: fc.constantFrom('', '# a comment\n', `---\n${door('d', 'a')}`, `---\n${door('e', 'b')}`),
  pin: fc.constantFrom(undefined, 'one', 'two'),
  ms: fc.constantFrom(0, 1_500, 60_000),
});

it('is the same after edits of nothing but values, pins and parents', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 12 }), async (edits) => {
      const world = new World();
      const { folder, now } = world;
      folder.makeFolder(ROOT);
      for (const name of ['a', 'b', 'c']) folder.write(`${ROOT}/${name}.yaml`, house(name));
      let named = new Set<string>();
      const options = { directory: ROOT, kinds: testKinds, env: {}, reader: folder.atOnce, now };
      const source = new DefinitionSource(options);
      await source.load();
      folder.watch((place) => void named.add(place));
      for (const { name, rooms, more, pin, ms } of edits) {
        world.time += ms;
        const text = house(name, `rooms: ${rooms}`) + more;
        folder.write(
          `${ROOT}/${name}.yaml`,
          pin === undefined ? text : text.replace(`{ name: ${name} }`, `{ name: ${name}, id: ${pin} }`),
        );
        const found = await source.load(undefined, named);
        named = new Set();
        const whole = await new DefinitionSource(options, source).load(undefined, 'nothing');
        expect(found).toEqual(whole);
      }
    }),
    { numRuns: 80 },
  );
});
