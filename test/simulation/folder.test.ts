import { expect, it } from 'vitest';
import { Random } from '../model/random.js';
import { SimulatedFolder } from './folder.js';
import { Loop } from './loop.js';
import { Trace } from './trace.js';

it('writes below a link into the folder that the link leads to', () => {
  const folder = new SimulatedFolder(new Loop(new Random(1), new Trace(false)), {
    now: () => 0,
    settings: 0,
  });
  const reader = folder.for({ name: 'tester', life: 'running' });
  folder.makeFolder('/revisions/1');
  folder.link('/definitions', '/revisions/1');
  folder.write('/definitions/team/deep/apps.yaml', 'text');
  expect(reader.readNow('/revisions/1/team/deep/apps.yaml').toString()).toBe('text');
  expect(reader.readNow('/definitions/team/deep/apps.yaml').toString()).toBe('text');
});

it('writes below a file, which gives way to a folder', () => {
  const folder = new SimulatedFolder(new Loop(new Random(1), new Trace(false)), {
    now: () => 0,
    settings: 0,
  });
  const reader = folder.for({ name: 'tester', life: 'running' });
  folder.write('/definitions/team', '');
  folder.write('/definitions/team/deep/apps.yaml', 'text');
  expect(reader.readNow('/definitions/team/deep/apps.yaml').toString()).toBe('text');
});
