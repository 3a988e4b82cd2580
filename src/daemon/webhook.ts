import { createHmac } from 'node:crypto';
import type { FastifyPluginCallback, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Secret } from '../core/model/secret.js';
import { isSame } from '../text/same.js';
import { asObject, asText } from '../text/shape.js';

/** The options of a git source's webhook. */
export interface WebhookOptions {
  /** The secret that calls prove; undefined: there is no webhook, and its path answers 404. */
  readonly secret: Secret | undefined;
  /** The ref that is followed, as in the settings; undefined for the default branch. */
  readonly ref: string | undefined;
  /** Asks for a fetch; called once for each push to the ref. */
  readonly fetchNow: () => void;
}

/** Bytes that a call may have. GitHub sends up to 25 MiB, but for pushes of thousands of commits only. */
const MOST_BYTES = 1024 * 1024;

/**
 * `POST /webhooks/git`, as a plugin of fastify. Calls of GitHub (also of Gitea and Forgejo) carry an HMAC of the body in
 * `X-Hub-Signature-256`, those of GitLab the secret in `X-Gitlab-Token`. A call that proves the secret is answered with
 * 202, for any event; other calls with 401. `optionsOf`: the webhook that a request calls; 404 without one.
 */
export function webhookRoutes(
  optionsOf: (request: FastifyRequest) => WebhookOptions | undefined,
): FastifyPluginCallback {
  return (server, _, done) => {
    // The signature covers the bytes of any content type.
    server.removeAllContentTypeParsers();
    const parsing = { parseAs: 'buffer', bodyLimit: MOST_BYTES } as const;
    server.addContentTypeParser('*', parsing, (_request, body, parsed) => parsed(null, body));
    const onRequest: onRequestAsyncHookHandler = async (request, reply) => {
      if (optionsOf(request)?.secret === undefined) return reply.callNotFound();
    };
    server.post('/webhooks/git', { config: { open: true }, onRequest }, async (request, reply) => {
      const { secret, ref, fetchNow } = optionsOf(request) ?? {};
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (secret === undefined || !isGenuine(request, body, secret.reveal())) {
        return reply.code(401).send({ error: 'The signature or token is missing or wrong.' });
      }
      const isOurs = concerns(pushedRef(body), ref);
      if (isOurs) fetchNow?.();
      return reply.code(202).send({ fetch: isOurs ? 'requested' : 'not needed' });
    });
    done();
  };
}

function isGenuine({ headers }: FastifyRequest, body: Buffer, secret: string): boolean {
  const signature = headers['x-hub-signature-256'];
  if (typeof signature === 'string') {
    return isSame(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  }
  const token = headers['x-gitlab-token'];
  return typeof token === 'string' && isSame(token, secret);
}

/** The ref of a push; empty for any other event. */
function pushedRef(body: Buffer): string {
  const text = body.toString('utf8');
  try {
    // GitHub can also send a form, with the JSON in one field.
    const { ref } = asObject(JSON.parse(new URLSearchParams(text).get('payload') ?? text));
    return asText(ref);
  } catch {
    return '';
  }
}

/** Without a ref any branch counts, since the default branch is not known here. */
function concerns(pushed: string, ref: string | undefined): boolean {
  if (ref === undefined) return pushed.startsWith('refs/heads/');
  return [ref, `refs/heads/${ref}`, `refs/tags/${ref}`].includes(pushed);
}
