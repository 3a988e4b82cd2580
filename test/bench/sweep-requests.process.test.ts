import { expect, it } from 'vitest';
import { countRequests, requestsOf } from './sweep-requests.js';

it('a sweep without a change costs the requests of the formula', async () => {
  const world = { apps: 101, ownedApps: 3, appsWithConnectors: 2, connectorsEach: 3 };
  expect(requestsOf(world).requests).toBe(2 + 3 + 2);
  expect(await countRequests(world)).toBe(7);
});
