import { CONFIG } from './fields.js';
import { SERVICE } from './seed.js';
import { type Seen, Tenant } from './tenant.js';
import { fieldsOf, type Thing, type World } from './world.js';

const READING = /^\/api\/v\d+\/(search\/|connectorcatalog|systemlog)|^\/auth\//;

/** Calls of the daemon that write. */
export function writesIn(requests: readonly Seen[]): Seen[] {
  return requests.filter((seen) => !Tenant.isOurs(seen) && seen.method !== 'GET' && !READING.test(seen.path));
}

/** Every writing call that the daemon had no business to make. */
export function forbidden(world: World, requests: readonly Seen[]): string[] {
  const things = new Map(
    world.things.flatMap((thing) => (thing.id === undefined ? [] : [[thing.id, thing]])),
  );
  return writesIn(requests).flatMap((seen) => {
    const why = reasonAgainst(seen, things);
    return why === undefined
      ? []
      : [`${seen.method} ${seen.path} (mask ${seen.mask}, ${seen.status}): ${why}`];
  });
}

function reasonAgainst(
  { method, path, mask, principal }: Seen,
  things: ReadonlyMap<string, Thing>,
): string | undefined {
  if (principal !== null && principal !== `${SERVICE}@acme.example`) return 'it acts as somebody else';
  if (method === 'DELETE') return 'nothing is to be deleted';
  if (path === '/api/v1/apps') return undefined;
  const place = /^\/api\/v\d+\/apps\/([^/?]+)(?:\/connectors(?:\/([^/?]+))?)?/.exec(path);
  const appId = place?.[1] ?? '';
  const connectorId = place?.[2];
  if (path.endsWith('/connectors')) return things.has(appId) ? undefined : 'no definition names this app';
  const thing = things.get(connectorId ?? appId);
  if (thing === undefined) return 'no definition names this object';
  return reasonAgainstFields(thing, path, mask);
}

function reasonAgainstFields(thing: Thing, path: string, mask: string | null): string | undefined {
  const { round } = thing;
  const fields = fieldsOf(thing);
  const own = fields.find(({ call }) => call?.test(path) === true);
  if (own !== undefined) return round.mayWrite.has(own.path) ? undefined : `${own.path} is not to be written`;
  const allowed = new Set(
    fields.filter((field) => round.mayWrite.has(field.path)).map((field) => field.mask),
  );
  if (round.mayWrite.has(CONFIG)) allowed.add(CONFIG);
  if (round.isMoved && thing.kind === 'App') allowed.add('annotations');
  const wrong = (mask ?? '').split(',').filter((name) => !allowed.has(name));
  return wrong.length === 0 ? undefined : `${wrong.join(', ')} is not to be written`;
}
