import { Following, POLL_MS } from '../support/following.js';
import { type Benchmark, grouped, type Row } from './figures.js';

/** The requests for following the system log, and the polls until an edit is reverted, by the tenant's log of requests. */
export const drift: Benchmark = {
  name: 'drift',
  title:
    'Following the system log, polled every 5 seconds: requests that the tenant saw, on a clock moved by hand',
  async run(isQuick) {
    const count = isQuick ? 100 : 1000;
    const following = await Following.start({ count });
    try {
      return [await quietMinute(following, count), ...(await edits(following, count / 2))];
    } finally {
      await following.stop();
    }
  },
};

const POLLS_OF_A_MINUTE = 12;

async function quietMinute(following: Following, count: number): Promise<Row> {
  // The poll that is due at the end of the minute gets the time to be made.
  await following.pass(60_000 + 1_000);
  const { polls, reads, writes } = await following.requests();
  const all = polls.length + reads.length + writes.length;
  return {
    what: `${grouped(count)} apps and ${grouped(count)} connectors: a quiet minute`,
    measured: `${all} requests`,
    beside: `60 s / 5 s = ${POLLS_OF_A_MINUTE}`,
    isRight: all === POLLS_OF_A_MINUTE,
  };
}

/** Edits of one app and one connector, by the daemon's own credentials and by those of a person. */
async function edits(following: Following, n: number): Promise<Row[]> {
  const { accessToken, userAccessToken } = following.rig.tenant;
  const rows: Row[] = [];
  for (const [whose, token] of [
    ['our own credentials', accessToken],
    ["a person's credentials", userAccessToken],
  ] as const) {
    for (const kind of ['App', 'Connector'] as const) rows.push(await edit(following, kind, n, whose, token));
  }
  return rows;
}

/** The largest number of polls until an edit is reverted. */
const MOST_POLLS = 2;

async function edit(
  following: Following,
  kind: 'App' | 'Connector',
  n: number,
  whose: string,
  token: string,
): Promise<Row> {
  // Its revert is done, and the daemon recognises its own write in the log.
  await following.pass(2 * POLL_MS);
  await following.edit(kind, n, 'by somebody else', token);
  await following.rig.tenant.clearRequests();
  await following.passUntil(async () => (await following.description(kind, n)) === 'as defined');
  const { polls, reads, writes } = await following.requests();
  return {
    what: `an edit of ${kind === 'App' ? 'an app' : 'a connector'} with ${whose} is reverted`,
    measured: `polls: ${polls.length}, reads: ${reads.length}, writes: ${writes.length}`,
    beside: `polls: at most ${MOST_POLLS}, writes: 1`,
    isRight: polls.length <= MOST_POLLS && writes.length === 1,
  };
}
