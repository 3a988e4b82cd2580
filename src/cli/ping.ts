import { whoAmI } from '../c1/introspect.js';
import { openSession, type Session } from '../compose.js';
import { messageOf } from '../core/model/errors.js';
import type { Settings } from '../settings/settings.js';
import { UsageError } from './args.js';
import type { CommonFlags } from './common.js';
import { daemonOf } from './daemon-client.js';
import { layout, printResult } from './output.js';
import { type CheckResult, renderChecks } from './render/checks.js';
import { type Report, reportEach } from './tenants.js';

/** A clock further off than this makes signed credentials fail, milliseconds. */
const MOST_SKEW_MS = 60_000;

/** `c1sync ping`: checks settings, credentials, access and clock. Each failure comes with its remedy. */
export async function ping(flags: CommonFlags): Promise<void> {
  try {
    await reportEach(flags, 'ok', async (settings, own) => reportOf(await checksOf(settings, own)));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { json, text } = reportOf([{ name: 'settings', ok: false, message: messageOf(error) }]);
    printResult(flags, json, text);
    process.exitCode = 1;
  }
}

function reportOf(checks: readonly CheckResult[]): Report {
  const ok = checks.every((check) => check.ok);
  return { ok, json: { ok, checks }, text: () => renderChecks(checks, layout(process.stdout)) };
}

async function checksOf(settings: Settings, flags: CommonFlags): Promise<readonly CheckResult[]> {
  const checks: CheckResult[] = [];
  try {
    const session = await openSession(settings, { mode: 'plan', command: 'ping' });
    checks.push({
      name: 'settings',
      ok: true,
      message: `tenant ${session.connection.url.origin}, workspace ${settings.workspace}`,
    });
    try {
      checks.push(...(await checkTenant(session)), ...(await checkRepository(session)));
    } finally {
      await session.close();
    }
    checks.push(...(await checkDaemon(settings, flags)));
  } catch (error) {
    checks.push({ name: 'settings', ok: false, message: messageOf(error) });
  }
  return checks;
}

async function checkTenant(session: Session): Promise<CheckResult[]> {
  const { reader, connection, readers, lookups } = session;
  const credentials = await attempt('credentials', async () => {
    const { userId, roles } = await whoAmI(reader);
    return `acting as user ${userId || 'unknown'}${roles.length > 0 ? ` with the roles ${roles.join(', ')}` : ''}`;
  });
  if (!credentials.ok) return [credentials];
  const checks = [credentials, clockCheck(connection.serverTime())];
  const [top] = readers;
  if (top !== undefined) {
    checks.push(
      await attempt(
        `read ${top.kind.name}s`,
        async () => `${(await top.reader.list(undefined)).length} found`,
      ),
    );
  }
  const named = readers.flatMap(({ kind }) => kind.fields.map(({ sugar }) => sugar?.lookup));
  for (const lookup of lookups.values()) {
    if (!named.includes(lookup.name)) continue;
    checks.push(
      await attempt(`look up: ${lookup.noun}`, async () => {
        await lookup.find(new Set(['c1sync@ping.invalid']));
        return 'allowed';
      }),
    );
  }
  return checks;
}

async function checkRepository({ settings, definitions }: Session): Promise<CheckResult[]> {
  if (settings.source.git === undefined) return [];
  const check = attempt('git repository', async () => `commit ${(await definitions.load()).revision}`);
  return [await check];
}

/** Where the settings say that there is a daemon. */
async function checkDaemon({ server }: Settings, flags: CommonFlags): Promise<CheckResult[]> {
  if (server.url === undefined) return [];
  const check = attempt('daemon', async () => {
    const daemon = await daemonOf(flags);
    const access = await daemon.access();
    if (access !== undefined) return access.message;
    await daemon.get('status');
    return 'it answers; to change things, set server.token (C1SYNC_SERVER_TOKEN) to one of its tokens';
  });
  return [await check];
}

function clockCheck(time: { readonly at: number; readonly server: number } | undefined): CheckResult {
  if (time === undefined) return { name: 'clock', ok: true, message: 'the tenant does not send its time' };
  const skewMs = Math.abs(time.at - time.server);
  const message = `${Math.round(skewMs / 1000)} s off the tenant's`;
  if (skewMs <= MOST_SKEW_MS) return { name: 'clock', ok: true, message };
  return { name: 'clock', ok: false, message: `${message}; set this machine's clock, for example with NTP` };
}

async function attempt(name: string, check: () => Promise<string>): Promise<CheckResult> {
  try {
    return { name, ok: true, message: await check() };
  } catch (error) {
    return { name, ok: false, message: messageOf(error) };
  }
}
