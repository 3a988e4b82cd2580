import { z } from 'zod';
import { isCron } from '../core/guard/freeze.js';
import type { Limit } from '../core/guard/limits.js';
import { isTimezone } from '../text/timezone.js';
import { duration, spanText, wrongForm } from './duration.js';
import { gitSource } from './git.js';
import { receiver } from './notify.js';
import { number, whole, yesOrNo } from './number.js';
import { filePath, secretText, text } from './text.js';
import { accessToken, refuseTwins, userHeader } from './tokens.js';

const auth = z.strictObject({
  clientId: text().describe('Client id. Vendor name: CONDUCTORONE_CLIENT_ID.').optional(),
  clientSecret: secretText().describe('Client secret. Vendor name: CONDUCTORONE_CLIENT_SECRET.').optional(),
  accessToken: secretText()
    .describe('An access token, used before the other credentials. Vendor name: CONDUCTORONE_ACCESS_TOKEN.')
    .optional(),
  oidcTokenFile: filePath()
    .describe(
      'File with the OIDC token of a workload, read again at each exchange; needs clientId and is used before clientSecret. ' +
        'Vendor name for the token itself: CONDUCTORONE_OIDC_TOKEN.',
    )
    .optional(),
});

const embedded = z.strictObject({
  seed: filePath()
    .describe('File with the initial objects of the embedded tenant; without it, a small company.')
    .optional(),
  latencyMs: number(0).describe('Delay of every answer, in milliseconds.').optional(),
  requestsPerSecond: number(0).describe('Requests the tenant allows in a second; 0 for no limit.').optional(),
  ownerDelayMs: number(0).describe('Delay until owner writes show, in milliseconds.').optional(),
});

const tenant = z.strictObject({
  url: text('https://<tenant>.conductor.one')
    .describe(
      'Address of the tenant, such as https://acme.conductor.one; without it, the host that the client id names. ' +
        'Vendor names: CONDUCTORONE_SERVER_URL, CONDUCTORONE_TENANT_DOMAIN.',
    )
    .optional(),
  auth: auth.prefault({}),
  embedded: z
    .union([z.boolean(), embedded], {
      error: wrongForm(`true or false, or a mapping with any of ${Object.keys(embedded.shape).join(', ')}`),
    })
    .describe('Starts an embedded tenant in the same process, in place of url and auth.')
    .optional(),
});

const LIMIT_FORM =
  'Must be a whole number from 0, or a share of the managed objects such as "50%", "100%" at most.';

/** A number of changes, or a share of the managed objects: `50%`. */
const limit = () =>
  z
    .union([z.int().min(0, LIMIT_FORM), z.string().regex(/^(\d{1,9}|(100|[1-9]?\d)%)$/, LIMIT_FORM)], {
      error: ({ input }) => (input === undefined || input === null ? undefined : LIMIT_FORM),
    })
    .transform((value): Limit => {
      const number = Number.parseInt(String(value), 10);
      return String(value).endsWith('%') ? { share: number / 100 } : { count: number };
    })
    .meta({ type: 'whole number or share' });

const freezeWindow = z.strictObject({
  cron: text()
    .refine(isCron, 'Must be a cron expression of five fields, such as "0 18 * * 5".')
    .describe('When the window opens.'),
  duration: duration('1s').describe('How long it stays open.'),
  timezone: text()
    .refine(isTimezone, 'Must be the name of a time zone, such as "Europe/Berlin".')
    .prefault('UTC')
    .describe('The time zone of the cron expression.'),
});

/** The description of a list of mappings. */
const listForm = (noun: string, { shape }: z.ZodObject) =>
  wrongForm(`a list of ${noun} with ${Object.keys(shape).join(', ')}; in the variable: as JSON`);

const sync = z.strictObject({
  mode: z
    .enum(['enforce', 'observe'])
    .prefault('enforce')
    .describe('Whether differences are corrected, or only reported.'),
  interval: duration('1s').prefault('10m').describe('Time between two full sweeps.'),
  debounce: duration().prefault('200ms').describe('How long files must stay unchanged before they are read.'),
  adopt: z
    .enum(['matching', 'marked', 'never'])
    .prefault('matching')
    .describe(
      'Which existing objects may be adopted: those with the unique name, only those with our marks, or none.',
    ),
  settle: duration().prefault('5m').describe('How long a write of owners may take to show.'),
  systemLogInterval: z
    .union([z.literal('off'), duration('1s')], { error: wrongForm(`"off", or ${spanText('1s')}`) })
    .meta({ type: 'duration or "off"' })
    .prefault('10s')
    .describe('Time between two polls of the system log of the tenant; off to disable them.'),
  prune: yesOrNo()
    .prefault(false)
    .describe('Whether an object whose definition was removed is deleted; otherwise it is left alone.'),
  onTakeover: z
    .enum(['once', 'always', 'hold'])
    .prefault('once')
    .describe(
      'Reaction to an edit in the web app: revert it once and yield to the second within a day, always revert it, ' +
        'or yield at once.',
    ),
  onSecretDrift: z
    .enum(['hold', 'reassert'])
    .prefault('hold')
    .describe('Whether a configuration that somebody else wrote is held, or written again.'),
  onDeleted: z
    .enum(['hold', 'recreate'])
    .prefault('hold')
    .describe('Whether an object that was deleted in the tenant is held, or recreated.'),
  limits: z
    .strictObject({
      creates: limit().describe('Creations in an hour, at most; no limit if omitted.').optional(),
      updates: limit().prefault('50%').describe('Updates in an hour, at most.'),
      deletes: limit().prefault(3).describe('Deletions in an hour, at most.'),
      adopts: limit().prefault(10).describe('Adoptions in an hour, at most.'),
    })
    .prefault({}),
  freeze: z
    .array(freezeWindow, { error: listForm('windows', freezeWindow) })
    .meta({ type: 'list of `cron`, `duration`, `timezone`' })
    .prefault([])
    .describe(
      'Windows without changes: each opens when its cron expression fires. In the variable: as JSON.',
    ),
});

const api = z.strictObject({
  requestsPerSecond: z
    .number({ error: wrongForm('a number above 0') })
    .positive('Must be a number above 0.')
    .prefault(10)
    .describe('Requests to the tenant in any one second, at most.'),
  concurrency: whole(1).prefault(5).describe('Concurrent requests, at most.'),
  timeout: duration('1ms').prefault('30s').describe('How long one request may take.'),
  maxPause: duration('1s')
    .prefault('15m')
    .describe('Longest pause that a `Retry-After` of the tenant may cause.'),
  connectorOwnerRole: text()
    .prefault('owner')
    .describe('Role slug of the owners of connectors, and of owners by entitlement.'),
});

const server = z.strictObject({
  host: text()
    .prefault('127.0.0.1')
    .describe('Address that the daemon listens on; any but a loopback address needs a token.'),
  port: whole(0, 65_535).prefault(8080).describe('Port that it listens on; 0 for any free one.'),
  token: secretText()
    .describe(
      'Token for changes, and for all requests from other machines; commands send it. Without it and others that can ' +
        'change, the API is read-only.',
    )
    .optional(),
  readToken: secretText().describe('Read-only token for other machines, such as Prometheus.').optional(),
  tokens: z
    .array(accessToken, { error: listForm('tokens', accessToken) })
    .superRefine(refuseTwins)
    .meta({ type: 'list of `name`, `token`, `can`' })
    .prefault([])
    .describe(
      'More tokens, each with a name for the history; `can` is `read` or `change`. In the variable: as JSON.',
    ),
  userHeader: userHeader()
    .describe(
      'Header in which an authenticating proxy names the person, such as x-forwarded-user; counts only beside a token ' +
        'that can change.',
    )
    .optional(),
  url: text()
    .describe('Address of the daemon for commands such as status. Default: host and port.')
    .optional(),
});

const tenants = z
  .array(z.unknown())
  .meta({ type: 'list of `name`, `tenant`, `workspace`, `source`, `sync`, `api`, `notify`' })
  .describe(
    'Several tenants in one process, each with settings of its own over the top level. In the variable: as JSON.',
  )
  .optional();

/** All keys of the settings with check, default and description. Defaults have the form of the settings file. */
export const settingsSchema = z.strictObject({
  tenant: tenant.prefault({}),
  tenants,
  workspace: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
      'Must be letters, digits, ".", "_" and "-", beginning with a letter or digit, 128 at most.',
    )
    .prefault('default')
    .describe('Name of this set of definitions in the marks of apps; two daemons on one tenant need two.'),
  source: z
    .strictObject({
      directory: filePath()
        .prefault('./definitions')
        .describe('Directory of the definitions; it may be a link.'),
      git: gitSource.optional(),
    })
    .prefault({}),
  sync: sync.prefault({}),
  api: api.prefault({}),
  server: server.prefault({}),
  state: z
    .strictObject({
      path: filePath()
        .describe(
          'Folder of the records, with a subfolder for each tenant host and workspace. ' +
            'Default: $XDG_STATE_HOME/c1sync, or ~/.local/state/c1sync.',
        )
        .optional(),
      hashKey: secretText()
        .describe('Key of the hashes of secrets; without it, a random one in a file beside the records.')
        .optional(),
    })
    .prefault({}),
  notify: z
    .array(receiver, { error: listForm('receivers', receiver) })
    .meta({ type: 'list of `url`, `events`, `format`, `headers`' })
    .prefault([])
    .describe('Receivers of notifications: see [Notifications](notifications.md). In the variable: as JSON.'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .prefault('info')
        .describe('Lowest severity that is logged.'),
      format: z
        .enum(['json', 'pretty'])
        .optional()
        .describe('Format for machines or for people; without it, pretty on a terminal and json elsewhere.'),
    })
    .prefault({}),
});

/** Checked settings with paths and secrets in their written form. */
export type RawSettings = z.output<typeof settingsSchema>;
