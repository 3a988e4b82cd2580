import { beforeEach, describe, expect, it } from 'vitest';
import { ChangeLog } from '../../../src/core/drift/change-log.js';
import {
  type LogEvent,
  type LogPage,
  type LogPlace,
  PlaceLostError,
} from '../../../src/core/model/system-log.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const UPDATE = 'Apps.Update';

/** A log whose pages a test writes down, and what it was asked for. */
class Script {
  readonly asked: { place: LogPlace; page: string | undefined }[] = [];
  readonly answers: (LogPage | Error)[] = [];
  skew = 0;

  async read(place: LogPlace, page: string | undefined): Promise<LogPage> {
    this.asked.push({ place, page });
    const answer = this.answers.shift() ?? { events: [] };
    if (answer instanceof Error) throw answer;
    return answer;
  }

  skewMs(): number {
    return this.skew;
  }
}

let clock: VirtualClock;
let script: Script;
let log: ChangeLog;
let count = 0;
beforeEach(() => {
  clock = new VirtualClock();
  script = new Script();
  log = new ChangeLog(script, clock, () => 'us');
});

function event(more: Partial<LogEvent> = {}): LogEvent {
  count += 1;
  return {
    uid: `uid-${count}`,
    at: clock.now(),
    activity: 'update',
    operation: UPDATE,
    ids: ['a-1'],
    ...more,
  };
}

async function poll(...events: LogEvent[]): Promise<[string, string | undefined][]> {
  script.answers.push({ events });
  const { changed } = await log.poll();
  return [...changed].map(([id, { actor }]) => [id, actor]);
}

describe('reading on', () => {
  it('begins a little before the moment it was made, on the tenant’s clock', async () => {
    script.skew = 90_000;
    const begun = clock.now();
    await clock.advance(10_000);
    await poll();
    expect(script.asked[0]?.place).toEqual({ since: begun + 90_000 - 5_000 });
  });

  it('goes on after the last event, page by page', async () => {
    script.answers.push({ events: [event({ ids: ['a-1'] })], next: 'two' });
    expect(await poll(event({ uid: 'last', ids: ['a-2'] }))).toHaveLength(2);
    expect(await poll(event({ ids: ['a-3'] }))).toHaveLength(1);
    expect(script.asked.map(({ page }) => page)).toEqual([undefined, 'two', undefined]);
    expect(script.asked[2]?.place.uid).toBe('last');
  });

  it('skips events that it has read before', async () => {
    const twice = event();
    expect(await poll(twice, twice)).toHaveLength(1);
    expect(await poll(twice)).toEqual([]);
    expect(await poll(event({ uid: '', at: 5 }), event({ uid: '', at: 5 }))).toHaveLength(1);
    expect(await poll(event({ uid: '', at: 5 }))).toEqual([]);
  });

  it('loses nothing when a later page fails', async () => {
    script.answers.push({ events: [event({ ids: ['a-1'] })], next: 'two' }, new Error('no answer'));
    await expect(log.poll()).rejects.toThrow('no answer');
    expect(await poll(event({ ids: ['a-2'] }))).toEqual([
      ['a-1', undefined],
      ['a-2', undefined],
    ]);
  });

  it('stops after ten pages and continues from now', async () => {
    for (let page = 0; page < 11; page += 1) script.answers.push({ events: [event()], next: 'more' });
    await clock.advance(60_000);
    expect((await log.poll()).behind).toBe(true);
    expect(script.asked).toHaveLength(10);
    script.answers.length = 0;
    expect((await log.poll()).behind).toBe(false);
    expect(script.asked.at(-1)?.place).toEqual({ since: clock.now() - 5_000 });
  });

  it('goes by time for good once the tenant has forgotten where it was', async () => {
    const at = clock.now();
    await poll(event());
    script.answers.push(new PlaceLostError('no such event'));
    expect((await log.poll()).behind).toBe(true);
    await poll(event());
    await poll();
    expect(script.asked.slice(2).map(({ place }) => place)).toEqual([{ since: at }, { since: at }]);
  });
});

describe('an event that leaves things out', () => {
  it('without uid is read on from by its time', async () => {
    await poll(event({ uid: '' }));
    await poll();
    expect(script.asked[1]?.place).toEqual({ since: clock.now() });
  });

  it('without time counts as one of now, and is not read for ever', async () => {
    const { at: _, ...timeless } = event({ uid: '' });
    await clock.advance(60_000);
    expect(await poll(timeless)).toHaveLength(1);
    await poll();
    expect(script.asked[1]?.place.since).toBe(clock.now() - 5_000);
  });

  it('without ids names no object', async () => {
    expect(await poll(event({ ids: [] }))).toEqual([]);
  });

  it('is a change when its activity is not known, but not when its call is not known either', async () => {
    expect(await poll(event({ activity: 'other' }))).toHaveLength(1);
    expect(await poll(event({ activity: 'other', operation: '' }))).toEqual([]);
  });
});

describe('a write of ours', () => {
  const write = (id = 'a-1', operation = UPDATE) => log.noteWrite({ operation, id });

  it('accounts for one event of its object, call and time, by any user', async () => {
    write()({ effect: 'done' });
    write('a-2')({ effect: 'done' });
    write('a-3')({ effect: 'done' });
    const others = event({ ids: ['a-2'], operation: 'Apps.Delete' });
    const later = event({ ids: ['a-3'], at: clock.now() + 60_000 });
    expect(await poll(event(), event({ actor: 'second' }), others, later)).toEqual([
      ['a-1', 'second'],
      ['a-2', undefined],
      ['a-3', undefined],
    ]);
  });

  it('is not taken for that of others who share our credentials', async () => {
    write()({ effect: 'done' });
    expect(await poll(event({ actorId: 'us' }))).toEqual([]);
    await clock.advance(60_000);
    expect(await poll(event({ actorId: 'us', actor: 'c1sync' }))).toEqual([['a-1', 'c1sync']]);
  });

  it('is the event that names us, where a person’s came moments before', async () => {
    write()({ effect: 'done' });
    const theirs = event({ actorId: 'bob', actor: 'Bob', at: clock.now() - 2_000 });
    expect(await poll(theirs, event({ actorId: 'us' }))).toEqual([['a-1', 'Bob']]);
    // From here on it is known that events of ours name us, even when only the other one is there yet.
    await clock.advance(60_000);
    write()({ effect: 'done' });
    expect(await poll(event({ actorId: 'bob', actor: 'Bob' }))).toEqual([['a-1', 'Bob']]);
    expect(await poll(event({ actorId: 'us' }))).toEqual([]);
  });

  it('is waited for while it is under way', async () => {
    const end = log.noteWrite({ operation: 'Apps.Create' });
    const create = event({ ids: ['new'], operation: 'Apps.Create', activity: 'create' });
    expect(await poll(create)).toEqual([]);
    end({ effect: 'done', id: 'new' });
    expect(await poll()).toEqual([]);
  });

  it('that was refused has no event', async () => {
    const end = write();
    expect(await poll(event({ actor: 'Bob' }))).toEqual([]);
    end({ effect: 'none' });
    expect(await poll()).toEqual([['a-1', 'Bob']]);
  });

  it('whose answer was lost hides no change, but the name that may be ours', async () => {
    write()({ effect: 'unknown' });
    await clock.advance(120_000);
    expect(await poll(event({ actor: 'c1sync' }))).toEqual([['a-1', undefined]]);
    expect(await poll(event({ actor: 'Bob' }))).toEqual([['a-1', 'Bob']]);
  });

  it('is recognised by an event without call or time', async () => {
    write()({ effect: 'done' });
    const { at: _, ...timeless } = event({ operation: '' });
    expect(await poll(timeless)).toEqual([]);
  });

  it('is recognised on a clock that differs', async () => {
    script.skew = -240_000;
    write()({ effect: 'done' });
    expect(await poll(event({ at: clock.now() - 240_000 }))).toEqual([]);
  });
});
