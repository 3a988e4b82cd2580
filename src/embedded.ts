import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import type { Transport } from './http/exchange.js';
import { type Settings, stateDirectory, type TenantSettings } from './settings/settings.js';
import type { Log } from './telemetry/log.js';

type EmbeddedSettings = Extract<TenantSettings, { kind: 'embedded' }>;

/** Time after which a tenant that does not answer counts as gone, milliseconds. */
const ANSWER_MS = 2_000;

const accessSchema = z.object({
  url: z.url(),
  clientId: z.string(),
  clientSecret: z.string(),
  /** The seed of its settings. */
  seed: z.string().nullable(),
  /** The folder of its state. */
  stateDirectory: z.string(),
});

/** Address and credentials of an embedded tenant. */
export type EmbeddedAccess = Readonly<z.infer<typeof accessSchema>>;

/** An embedded tenant of this process. */
export interface StartedTenant extends EmbeddedAccess {
  /** Secrets of its principals. */
  readonly secrets: readonly string[];
  /** Ends the tenant and deletes its state. */
  close(): Promise<void>;
}

/** Starts the embedded tenant of the settings. With `shares`, commands with the same settings find it. */
export async function startEmbedded(
  settings: Settings,
  { kind: _, seed, ...options }: EmbeddedSettings,
  { log, shares }: { readonly log: Log | undefined; readonly shares: boolean },
): Promise<StartedTenant> {
  const { readSeed, startEmulator } = await import('./emulator/index.js');
  const emulator = await startEmulator({
    ...options,
    seed: seed === undefined ? undefined : await readSeed(seed),
  });
  const { url, clientId, clientSecret, exampleEdit: edit } = emulator;
  log?.info({ url, state: `${url}/_emulator/state`, edit }, 'embedded tenant');
  // An embedded tenant ends with its process, and so does its state.
  const directory = await mkdtemp(path.join(tmpdir(), 'c1sync-embedded-'));
  const access = { url, clientId, clientSecret, seed: seed ?? null, stateDirectory: directory };
  if (shares) await share(settings, access);
  return {
    ...access,
    secrets: [clientSecret, emulator.accessToken, emulator.userAccessToken],
    close: async () => {
      await emulator.close();
      await rm(directory, { recursive: true, force: true });
      if (shares && (await readAccess(settings))?.url === url) await rm(shareFile(settings), { force: true });
    },
  };
}

/** The embedded tenant of a running daemon with the same workspace and seed; undefined where none answers. */
export async function sharedTenant(
  settings: Settings,
  { seed }: EmbeddedSettings,
  transport: Transport,
): Promise<EmbeddedAccess | undefined> {
  const access = await readAccess(settings);
  if (access === undefined || access.seed !== (seed ?? null)) return undefined;
  const probe = { method: 'POST', url: new URL('/_emulator/settings', access.url), headers: {}, body: '{}' };
  const isThere = await transport(probe, AbortSignal.timeout(ANSWER_MS)).then(
    ({ status }) => status === 200,
    () => false,
  );
  return isThere ? access : undefined;
}

function shareFile(settings: Settings): string {
  return path.join(stateDirectory(settings, 'embedded'), 'tenant.json');
}

async function share(settings: Settings, access: EmbeddedAccess): Promise<void> {
  const file = shareFile(settings);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, `${JSON.stringify(access)}\n`, { mode: 0o600 });
}

async function readAccess(settings: Settings): Promise<EmbeddedAccess | undefined> {
  try {
    return accessSchema.parse(JSON.parse(await readFile(shareFile(settings), 'utf8')));
  } catch {
    return undefined;
  }
}
