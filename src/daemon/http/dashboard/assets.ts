import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly hash: string;
}

const require = createRequire(import.meta.url);
const own = (name: string): string => path.join(import.meta.dirname, 'assets', name);

/** The style sheets in their order: the general ones first, then those of parts of pages. */
const STYLES = ['base', 'frame', 'blocks', 'overview', 'objects', 'changes', 'forms'];

/**
 * The sources of each asset. The scripts are one file: htmx starts as soon as it is loaded, and ignores an extension
 * that loads later.
 */
const SOURCES: Readonly<Record<string, readonly [type: string, ...files: string[]]>> = {
  'dashboard.css': ['text/css; charset=utf-8', ...STYLES.map((name) => own(`${name}.css`))],
  'scripts.js': [
    'text/javascript; charset=utf-8',
    require.resolve('htmx.org/dist/htmx.min.js'),
    require.resolve('htmx.org/dist/ext/hx-sse.min.js'),
    own('dashboard.js'),
  ],
  'icon.svg': ['image/svg+xml', own('icon.svg')],
};

const A_YEAR = 'public, max-age=31536000, immutable';

let read: ReadonlyMap<string, Asset> | undefined;

/** Read when the first page needs them, not by every command. */
function assets(): ReadonlyMap<string, Asset> {
  read ??= new Map(
    Object.entries(SOURCES).map(([name, [type, ...files]]) => {
      const separator = type.startsWith('text/javascript') ? ';\n' : '\n';
      const bytes = Buffer.from(files.map((file) => readFileSync(file, 'utf8')).join(separator));
      return [name, { type, bytes, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 16) }];
    }),
  );
  return read;
}

/** The address of a file of the pages. It changes with the file, so that a browser may cache it. */
export function assetUrl(name: string): string {
  return `/assets/${name}?v=${assets().get(name)?.hash ?? ''}`;
}

/** `GET /assets/...`: style sheet and scripts, for everybody, since the page to sign in needs them too. */
export function addAssets(server: FastifyInstance): void {
  for (const [name, { type, bytes, hash }] of assets()) {
    server.get<{ Querystring: { v?: string } }>(
      `/assets/${name}`,
      { config: { open: true, rateLimit: false } },
      async (request, reply) => {
        const etag = `"${hash}"`;
        reply.header('etag', etag).header('cache-control', request.query.v === hash ? A_YEAR : 'no-cache');
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.type(type).send(bytes);
      },
    );
  }
}
