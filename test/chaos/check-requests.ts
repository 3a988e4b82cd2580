import { CONFIG } from '../model/fields.js';
import { PRUNE_AFTER_MS, SERVICE } from '../model/seed.js';
import { type Seen, Tenant } from './tenant.js';
import { fieldsOf, type Thing, type World } from './world.js';

const READING = /^\/api\/v\d+\/(search\/|connectorcatalog|systemlog)|^\/auth\//;

/** Calls of the daemon that write. */
export function writesIn(requests: readonly Seen[]): Seen[] {
  return requests.filter((seen) => !Tenant.isOurs(seen) && seen.method !== 'GET' && !READING.test(seen.path));
}

/** What of a run is needed to judge calls. */
export interface Judged {
  readonly world: World;
  /** Things by the ids that their objects were ever seen with. */
  readonly thingsById: ReadonlyMap<string, Thing>;
}

/** Every writing call that the daemon had no business to make. */
export function forbidden(judged: Judged, requests: readonly Seen[]): string[] {
  return writesIn(requests).flatMap((seen) => {
    const why = reasonAgainst(seen, judged);
    return why === undefined
      ? []
      : [`${seen.method} ${seen.path} (mask ${seen.mask}, ${seen.status}): ${why}`];
  });
}

/** The app and, where it is one, the connector that a call is about. */
export function placeOf(path: string): { readonly appId: string; readonly connectorId: string | undefined } {
  const place = /^\/api\/v\d+\/apps\/([^/?]+)(?:\/connectors(?:\/([^/?]+))?)?/.exec(path);
  return { appId: place?.[1] ?? '', connectorId: place?.[2] };
}

function reasonAgainst(seen: Seen, judged: Judged): string | undefined {
  const { method, path, mask, principal } = seen;
  if (principal !== null && principal !== `${SERVICE}@acme.example`) return 'it acts as somebody else';
  if (path === '/api/v1/apps') return undefined;
  const { appId, connectorId } = placeOf(path);
  const thing = judged.thingsById.get(connectorId ?? appId);
  if (method === 'DELETE' && !judged.world.modes.prune) return 'nothing is to be deleted';
  if (isOthers(connectorId ?? appId, thing, judged.world)) return 'no definition names this object';
  // What nobody here has ever seen was made by the daemon, and went, since the last look at the tenant.
  if (thing === undefined) return undefined;
  if (method === 'DELETE') return reasonAgainstDeletion(seen, thing);
  if (path.endsWith('/connectors')) return thing.fate === 'foreign' ? 'another tool manages it' : undefined;
  return reasonAgainstFields(thing, path, mask);
}

/** How long a look may take that began before a definition came back, milliseconds. */
const LOOK_MS = 10_000;

/** True for what the daemon neither made nor took over. */
function isOthers(id: string, thing: Thing | undefined, { images, things }: World): boolean {
  const others = things.flatMap(({ twins, strangers }) => [...twins, ...strangers]);
  return others.includes(id) || (thing === undefined && images.has(id));
}

/** An object goes only when no definition has named it for two looks a second apart. */
function reasonAgainstDeletion({ time }: Seen, { absences }: Thing): string | undefined {
  const at = Date.parse(time);
  const isGone = absences.some(
    ({ from, to = Number.POSITIVE_INFINITY }) => at >= from + PRUNE_AFTER_MS && at <= to + LOOK_MS,
  );
  return isGone ? undefined : 'its definition is there, or was a moment ago';
}

/** Deletions of apps before those of connectors that were seen under them. `all`: the calls of the whole run, in order. */
export function hasty(all: readonly Seen[], appOf: ReadonlyMap<string, string>): string[] {
  const deleted = new Set<string>();
  return all
    .filter(({ method }) => method === 'DELETE')
    .flatMap((seen) => {
      const { appId, connectorId } = placeOf(seen.path);
      deleted.add(connectorId ?? appId);
      if (connectorId !== undefined || Tenant.isOurs(seen)) return [];
      const left = [...appOf].filter(([id, app]) => app === appId && !deleted.has(id));
      return left.map(([id]) => `DELETE ${seen.path} before the connector ${id} under it`);
    });
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
