import type { Clock } from '../../src/core/model/clock.js';
import type { Attributed, Trigger } from '../../src/core/model/events.js';
import { LogFollower } from '../../src/core/reconcile/log-follower.js';
import { Scheduler } from '../../src/core/reconcile/schedule.js';
import type { SeedInput } from '../../src/emulator/index.js';
import type { LoggedRequest } from '../../src/emulator/request-log.js';
import { type Doc, file } from './definitions.js';
import { testEmulator } from './emulator.js';
import { passTime, passUntil, whileTimePasses } from './pace.js';
import { Rig, type RigOptions } from './rig.js';
import { VirtualClock } from './virtual-clock.js';

/** Time between two polls, milliseconds. */
export const POLL_MS = 5_000;

const GITHUB = '2gkeVHQ9u8BtFpouw5jRmbnxjkW';
const LOG_PATH = '/api/v1/systemlog/events';

/** A tenant in sync with its definitions: as many apps, each with a connector, with ids `app-1` and `connector-1`. */
export function inSync(count: number): { readonly seed: SeedInput; readonly text: string } {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const seed = {
    users: [
      { id: 'u-sync', email: 'c1sync@acme.example', type: 'USER_TYPE_SERVICE' },
      { id: 'u-alice', email: 'alice@acme.example' },
      { id: 'u-bob', email: 'bob@acme.example' },
    ],
    apps: numbers.map((n) => ({
      id: `app-${n}`,
      displayName: `App ${n}`,
      description: 'as defined',
      annotations: { managed_by: 'c1sync', iac_workspace: 'test', iac_resource_address: `App/app-${n}` },
    })),
    connectors: numbers.map((n) => ({
      id: `connector-${n}`,
      appId: `app-${n}`,
      catalogId: GITHUB,
      displayName: `Connector ${n}`,
      description: 'as defined',
    })),
  };
  const docs = numbers.flatMap((n): Doc[] => [
    {
      kind: 'App',
      name: `app-${n}`,
      spec: { displayName: `App ${n}`, description: 'as defined' },
    },
    {
      kind: 'Connector',
      name: `connector-${n}`,
      spec: {
        app: `app-${n}`,
        catalogId: GITHUB,
        displayName: `Connector ${n}`,
        description: 'as defined',
      },
    },
  ]);
  return { seed, text: file(...docs) };
}

/** The options of a core that follows the log. */
export interface FollowingOptions {
  readonly count: number;
  /** How far the tenant's clock is ahead, milliseconds. */
  readonly skewMs?: number;
  readonly settings?: RigOptions['settings'];
  /** The address of the tenant, given its own. */
  readonly proxy?: (url: string) => Promise<string>;
}

/** A core that has made its first sweep and follows the log; time stands still unless it is made to pass. */
export class Following {
  readonly attributed: Attributed[] = [];
  readonly notices: string[] = [];
  /** Sweeps by trigger and scope, such as `drift targeted`. */
  readonly sweeps: string[] = [];
  readonly rig: Rig;
  readonly clock: VirtualClock;
  readonly scheduler: Scheduler;
  readonly follower: LogFollower;

  private constructor(rig: Rig, clock: VirtualClock) {
    this.rig = rig;
    this.clock = clock;
    this.scheduler = new Scheduler({
      ...rig.core,
      store: rig.store,
      events: rig.bus,
      clock,
      intervalMs: 24 * 60 * 60_000,
    });
    this.follower = new LogFollower({
      ...rig.core,
      log: rig.core.changeLog,
      intervalMs: POLL_MS,
      store: rig.store,
      scheduler: this.scheduler,
      events: rig.bus,
      clock,
    });
    rig.bus.on('attributed', (event) => this.attributed.push(event));
    rig.bus.on('sweep finished', ({ trigger, scope }) => this.sweeps.push(`${trigger} ${scope}`));
    rig.bus.on('system log closed', ({ reason }) => this.notices.push(`closed: ${reason}`));
    rig.bus.on('system log readable', () => this.notices.push('readable'));
    rig.bus.on('tenant unreachable', () => this.notices.push('unreachable'));
  }

  static async start({ count, skewMs = 0, settings, proxy }: FollowingOptions): Promise<Following> {
    const clock = new VirtualClock();
    const ahead: Clock = {
      now: () => clock.now() + skewMs,
      monotonic: () => clock.monotonic(),
      after: (ms, run) => clock.after(ms, run),
    };
    const { seed, text } = inSync(count);
    const tenant = await testEmulator({ seed, clock: ahead });
    const url = await proxy?.(tenant.url);
    const rig = await Rig.start({
      tenant,
      clock,
      ...(settings === undefined ? {} : { settings }),
      ...(url === undefined ? {} : { url }),
    });
    const following = new Following(rig, clock);
    await rig.write('all.yaml', text);
    following.scheduler.request('start', 'all');
    await whileTimePasses(clock, following.scheduler.started);
    rig.events.length = 0;
    following.sweeps.length = 0;
    await rig.tenant.clearRequests();
    following.follower.start();
    return following;
  }

  /** Lets time pass, and gives what it starts the time it needs. */
  pass(ms: number): Promise<void> {
    return passTime(this.clock, ms);
  }

  /** Lets time pass until the condition holds; fails after three virtual minutes. */
  passUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
    return passUntil(this.clock, isSo);
  }

  /** Requests of the core since they were last cleared: reads of the log, other reads, and writes. */
  async requests(): Promise<{ polls: LoggedRequest[]; reads: LoggedRequest[]; writes: LoggedRequest[] }> {
    const all = (await this.rig.tenant.requests()).filter(({ path }) => !path.startsWith('/_'));
    const isPoll = ({ path }: LoggedRequest): boolean => path === LOG_PATH;
    const isRead = ({ method, path }: LoggedRequest): boolean =>
      method === 'GET' || /search|catalog/.test(path);
    const rest = all.filter((request) => !isPoll(request));
    return {
      polls: all.filter(isPoll),
      reads: rest.filter(isRead),
      writes: rest.filter((request) => !isRead(request)),
    };
  }

  /** A change over the API, by our own credentials unless a token is given. */
  async edit(kind: 'App' | 'Connector', n: number, description: string, token?: string): Promise<void> {
    const answer =
      kind === 'App'
        ? await this.rig.tenant.api(
            'POST',
            `/api/v1/apps/app-${n}`,
            { app: { description }, updateMask: 'description' },
            token,
          )
        : await this.rig.tenant.api(
            'POST',
            `/api/v1/apps/app-${n}/connectors/connector-${n}`,
            { connector: { description }, updateMask: 'description' },
            token,
          );
    if (answer.status !== 200) throw new Error(`the edit was refused: ${answer.text}`);
  }

  async description(kind: 'App' | 'Connector', n: number): Promise<unknown> {
    const { apps, connectors } = await this.rig.tenant.state();
    return kind === 'App'
      ? apps.find(({ id }) => id === `app-${n}`)?.description
      : connectors.find(({ id }) => id === `connector-${n}`)?.description;
  }

  /** Lines of changes that were reverted, with their actors. */
  reverted(): { name: string; trigger: Trigger; actor: string | undefined; reconcileId: string }[] {
    return this.rig.events
      .filter(({ action, outcome }) => action === 'update' && outcome === 'done')
      .map(({ name, trigger, actor, reconcileId }) => ({ name, trigger, actor, reconcileId }));
  }

  async stop(): Promise<void> {
    await Promise.all([this.follower.stop(), this.scheduler.stop()]);
    await this.rig.closeStore();
    await this.rig.tenant.close();
    await this.rig.stop();
  }
}
