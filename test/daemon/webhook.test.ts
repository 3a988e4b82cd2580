import { createHmac } from 'node:crypto';
import formbody from '@fastify/formbody';
import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../src/core/model/secret.js';
import { webhookRoutes } from '../../src/daemon/webhook.js';

const SECRET = 'It is a secret';

interface Hook {
  /** Calls of `fetchNow` so far. */
  readonly fetches: () => number;
  post(body: string, headers?: Record<string, string>): Promise<{ status: number; text: string }>;
}

/** A server with parsers of its own around the webhook, listening on loopback. */
async function start(ref?: string, secret: string | undefined = SECRET): Promise<Hook> {
  let fetches = 0;
  const server = fastify();
  onTestFinished(() => server.close());
  await server.register(formbody);
  await server.register(
    webhookRoutes(() => ({
      secret: secret === '' ? undefined : new Secret(secret, 'test'),
      ref,
      fetchNow: () => {
        fetches += 1;
      },
    })),
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    fetches: () => fetches,
    post: async (body, headers = {}) => {
      const answer = await fetch(`${url}/webhooks/git`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

const signed = (body: string, secret = SECRET): Record<string, string> => ({
  'x-github-event': 'push',
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});
const push = (ref: string): string => JSON.stringify({ ref, after: 'a'.repeat(40) });

it('verifies the signature of GitHub, by the example in its documentation', async () => {
  const hook = await start(undefined, "It's a Secret to Everybody");
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  expect((await hook.post('Hello, World!', { 'x-hub-signature-256': signature })).status).toBe(202);
  expect((await hook.post('Hello, World?', { 'x-hub-signature-256': signature })).status).toBe(401);
});

it('fetches once for a push that is signed, as JSON and as a form', async () => {
  const hook = await start('main');
  const body = push('refs/heads/main');
  expect(await hook.post(body, signed(body))).toEqual({ status: 202, text: '{"fetch":"requested"}' });
  expect(hook.fetches()).toBe(1);
  const form = new URLSearchParams({ payload: body }).toString();
  const headers = { ...signed(form), 'content-type': 'application/x-www-form-urlencoded' };
  expect((await hook.post(form, headers)).status).toBe(202);
  expect(hook.fetches()).toBe(2);
});

it('fetches for a push with the token of GitLab', async () => {
  const hook = await start('main');
  const headers = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': SECRET };
  expect((await hook.post(push('refs/heads/main'), headers)).status).toBe(202);
  expect(hook.fetches()).toBe(1);
  expect((await hook.post(push('refs/heads/main'), { ...headers, 'x-gitlab-token': 'no' })).status).toBe(401);
  expect(hook.fetches()).toBe(1);
});

it.each<[string, (body: string) => Record<string, string>]>([
  ['nothing', () => ({})],
  ['the secret of somebody else', (body) => signed(body, 'other')],
  ['the signature of another body', () => signed('other')],
  ['an empty signature', () => ({ 'x-hub-signature-256': '' })],
  [
    'a signature without its name',
    (body) => ({ 'x-hub-signature-256': signed(body)['x-hub-signature-256']?.slice(7) ?? '' }),
  ],
  ['the signature of SHA-1', () => ({ 'x-hub-signature': 'sha1=00' })],
])('refuses a call with %s', async (_what, headers) => {
  const hook = await start();
  const body = push('refs/heads/main');
  const { status, text } = await hook.post(body, headers(body));
  expect(status).toBe(401);
  expect(text).not.toContain(SECRET);
  expect(hook.fetches()).toBe(0);
});

it.each([
  ['main', push('refs/heads/other'), 0],
  ['main', push('refs/heads/x/main'), 0],
  ['main', JSON.stringify({ zen: 'Keep it logically awesome.' }), 0],
  ['main', 'no JSON', 0],
  ['main', 'null', 0],
  ['v1', push('refs/tags/v1'), 1],
  ['refs/heads/main', push('refs/heads/main'), 1],
  [undefined, push('refs/heads/any'), 1],
  [undefined, push('refs/tags/v1'), 0],
])('with the ref %s, %s makes %s fetches', async (ref, body, count) => {
  const hook = await start(ref);
  expect((await hook.post(body, signed(body))).status).toBe(202);
  expect(hook.fetches()).toBe(count);
});

it('accepts at most a mebibyte, and does not exist without a secret', async () => {
  const hook = await start();
  const body = 'x'.repeat(1024 * 1024 + 1);
  expect((await hook.post(body, signed(body))).status).toBe(413);
  const without = await start('main', '');
  expect((await without.post(push('refs/heads/main'), signed(push('refs/heads/main')))).status).toBe(404);
});
