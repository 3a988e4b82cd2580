import type { TenantAnswer } from '../../src/emulator/exchange.js';
import type { Json } from '../model/client.js';
import { CONFIG, canonical, configOf } from '../model/fields.js';
import { type Call, callOf, isCallOf, isReading, masksOf, placeOf, sentObject, unplanned } from './call.js';
import { Claims, isRemembered, type Look, nameText } from './claims.js';
import { type ConfigurationMemory, Configurations } from './configurations.js';
import { Contents, MARKS, WRITE_MS } from './contents.js';
import { type Deleter, Deletions } from './deletions.js';
import { Effects } from './effects.js';
import { didNothing, type Guard, type GuardMemory, isDone } from './guard.js';
import type { Actor } from './loop.js';
import { declares, keyOf, type Model, type Origin, type Thing } from './model.js';
import type { Arrival, Onlooker, Sent } from './network.js';
import type { Begun } from './probe.js';
import { DEFINITIONS } from './settings.js';
import { Settling } from './settling.js';
import { type SuspensionMemory, Suspensions } from './suspensions.js';
import { Takeovers } from './takeovers.js';
import { asObject, type State } from './tenant.js';

/** What of a process the rules ask for. */
export interface Sender extends Actor, Deleter {
  /** False where it may change nothing at all. */
  readonly mayWrite: boolean;
  /** Since when it may act on what it saw, milliseconds since the beginning: the moment before it was stopped last. */
  readonly since: number;
  /** When it created its lock of the state, in whatever unit; undefined where it has never done so. */
  readonly lockedAt: number | undefined;
  /** True once it has opened the state: until then the lease of its predecessor may go on. */
  readonly isOpen: boolean;
  /** True where it may go over the limits. */
  readonly isForced: boolean;
  /** Changes that it is carrying out. */
  readonly begun: Iterable<Begun>;
  /** True where it knows that nothing of the create of an object is missing. */
  isFinished(id: string): boolean;
  /** What its records say: ids of objects by the keys of their definitions. */
  readonly records: ReadonlyMap<string, string>;
  /** What it reported, oldest first. */
  readonly reconciled: readonly {
    readonly id?: string | undefined;
    readonly kind: string;
    readonly name: string;
  }[];
}

/** What the rules need to know of the settings. */
export interface Rules {
  readonly adopt: 'matching' | 'marked' | 'never';
  readonly onSecretDrift: 'hold' | 'reassert';
  readonly onTakeover: 'once' | 'always' | 'hold';
  /** How long owners may take to show, milliseconds. */
  readonly settleMs: number;
  /** How long a definition must have been gone before its object is deleted, milliseconds. */
  readonly pruneAfterMs: number;
}

/** What the state knows at a moment. */
export interface Memory {
  readonly configurations: ConfigurationMemory;
  readonly guard: GuardMemory;
  readonly suspensions: SuspensionMemory;
}

/** What a request is for, and what its sender knew when it left. */
interface Asked {
  readonly key: string;
  readonly thing: Thing;
  readonly look: Look;
}

/** How old what a process acts on may be, milliseconds. */
const LOOK_MS = 60_000;
/** What was handed to the network may be carried out so much later, milliseconds, before its maker must have given it up. */
export const CALL_WINDOW_MS = 60_000;

/** Nothing goes looking for what a create made of which the definition is gone: if it comes back, rules hold for it as for any. */
export const LEFT = 'its definition left before its create was known';

/** Judges every writing request of c1sync by the rules, at the moment at which the tenant works on it. */
export class Judge implements Onlooker {
  /** What must never have been sent. */
  readonly wrongs: string[] = [];
  /** Writing requests seen so far. */
  writes = 0;
  /** Each of them, with the key of the change that it is of as far as that is known. */
  readonly written: { readonly what: string; readonly key: string | undefined }[] = [];
  /** What requests are for, as the changes say that they belong to. */
  readonly #asked = new WeakMap<Sent, Asked>();
  /** Ids of the apps that requests write our marks to. */
  readonly #marking = new WeakMap<Sent, string>();
  /** What came of them. */
  readonly effects: Effects;
  readonly claims: Claims;
  /** Creates that were sent, oldest first: for which thing, the name, and when, milliseconds since the beginning. */
  readonly attempts: { readonly thing: Thing | undefined; readonly name: string; readonly at: number }[] = [];
  readonly guard: Guard;
  readonly suspensions = new Suspensions();
  readonly settling: Settling;
  readonly takeovers: Takeovers;
  readonly configurations: Configurations;
  readonly deletions: Deletions;
  readonly #contents: Contents;
  readonly #liveConfig: (id: string) => Readonly<Record<string, unknown>> | undefined;
  readonly #model: Model;
  readonly #now: () => number;
  readonly #wall: () => number;
  readonly #state: () => State;
  readonly #senderOf: (actor: Actor) => Sender;
  readonly #senders: readonly Sender[];

  constructor(parts: {
    readonly model: Model;
    readonly rules: Rules;
    readonly now: () => number;
    /** The time of day. */
    readonly wall: () => number;
    /** The tenant at this moment. */
    readonly state: () => State;
    readonly guard: Guard;
    /** The configuration of a connector at this moment; undefined where it is gone. */
    readonly liveConfig: (id: string) => Readonly<Record<string, unknown>> | undefined;
    readonly senderOf: (actor: Actor) => Sender;
    /** Every process there ever was. */
    readonly senders: readonly Sender[];
  }) {
    this.#model = parts.model;
    this.#now = parts.now;
    this.#wall = parts.wall;
    this.#state = parts.state;
    this.#senderOf = parts.senderOf;
    this.#senders = parts.senders;
    this.guard = parts.guard;
    this.claims = new Claims(parts.model, parts.rules);
    this.#liveConfig = parts.liveConfig;
    this.settling = new Settling(parts.rules.settleMs);
    this.takeovers = new Takeovers(parts.rules.onTakeover);
    this.effects = new Effects(parts.now);
    this.configurations = new Configurations(parts.now);
    this.#contents = new Contents(parts.model, this.configurations, parts.rules.onSecretDrift);
    this.deletions = new Deletions(parts.model, parts.now, parts.rules.pruneAfterMs);
  }

  get memory(): Memory {
    const { configurations, guard, suspensions } = this;
    return {
      configurations: configurations.memory,
      guard: guard.memory,
      suspensions: suspensions.memory,
    };
  }

  /** The state is that of another moment; without one, it is empty. */
  restores(memory: Memory | undefined): void {
    this.configurations.restores(memory?.configurations);
    this.guard.restores(memory?.guard);
    this.suspensions.restores(memory?.suspensions);
    this.claims.forgets();
    this.settling.forgets();
    this.takeovers.forgets();
  }

  /** A process writes only while it holds the lock: nobody has got it after it. */
  leaves(sent: Sent): void {
    const { actor, request } = sent;
    const { method, path } = request;
    if (isReading(method, path)) return;
    this.audits(this.#senderOf(actor));
    this.#guards(sent);
    const sender = this.#senderOf(actor);
    const say = (why: string): void => void this.wrongs.push(`${actor.name} sends ${method} ${path}: ${why}`);
    if (sender.lockedAt === undefined) {
      say('it does not hold the lock');
      return;
    }
    const later = this.#successorOf(sender);
    if (later !== undefined) say(`${later.name} has the lock`);
  }

  /** A process writes its records only while it holds the lock: those of its successor stay. */
  recordsWrittenBy(sender: Sender): void {
    const later = this.#successorOf(sender);
    if (later !== undefined)
      this.wrongs.push(`${sender.name} writes the records: ${later.name} has the lock`);
    // What comes later is no part of what it saw.
    this.audits(sender);
  }

  /** The records of a process, by which the rules of matching go, pair nothing that does not belong together. */
  audits(sender: Sender): void {
    if (sender.lockedAt === undefined || this.#successorOf(sender) !== undefined) return;
    for (const wrong of this.claims.audits(this.#state, this.#lookOf(sender))) this.wrongs.push(wrong);
  }

  /** The process that got the lock after another one. */
  #successorOf({ lockedAt = Number.POSITIVE_INFINITY }: Sender): Sender | undefined {
    return this.#senders.find(
      (other) => other.isOpen && other.lockedAt !== undefined && other.lockedAt > lockedAt,
    );
  }

  hears(sent: Sent, arrival: Arrival): void {
    this.guard.hears(sent, arrival);
    if (didNothing(arrival)) this.configurations.hears(sent, 'nothing');
    else if (isDone(arrival)) {
      const [now, wall] = [this.#now(), this.#wall()];
      this.configurations.hears(sent, 'done');
      this.settling.done(sent, now, wall);
      const marked = this.#marking.get(sent);
      const thing = this.#asked.get(sent)?.thing;
      if (thing?.configuredAt === Number.POSITIVE_INFINITY) thing.configuredAt = now;
      if (marked !== undefined && thing !== undefined)
        this.takeovers.marks(marked, now, wall, (at) => isChangedSince(thing, at));
    }
  }

  /** A write is a call of a change that the guard of its process let go. */
  #guards(sent: Sent): void {
    const sender = this.#senderOf(sent.actor);
    const call = callOf(sent.request);
    const look = this.#lookOf(sender);
    const possible = [...sender.begun].filter(({ change }) =>
      isCallOf(call, change, look.records.get(change.key)),
    );
    // A definition that was renamed has its object by one of its names alone.
    const isOwn = ({ change }: Begun): boolean => look.records.get(change.key) === call.id;
    const begun = possible.find(isOwn) ?? possible.at(-1);
    if (begun === undefined) {
      this.#say(sent, 'it belongs to no change that was begun');
      return;
    }
    const { key } = begun.change;
    const thing = this.claims.thingOf(key);
    if (call.id === undefined)
      this.attempts.push({ thing, name: nameText(call.body.displayName), at: this.#now() });
    if (call.id !== undefined && sender.isFinished(call.id)) this.guard.finished(call.id);
    const isCalm = this.#isCalm(call);
    for (const wrong of this.guard.leaves(sent, begun, sender, isCalm)) this.#say(sent, wrong);
    for (const name of isCalm ? [] : unplanned(call, begun.planned))
      this.#say(sent, `its plan has no reason for ${name}`);
    if (this.#isSuspended(begun, sender)) this.#say(sent, 'it is suspended');
    const shown = this.settling.leaves(sent, call, key, begun);
    if (shown !== undefined) this.#say(sent, shown);
    if (this.#isTakenOver(call, key, thing, look)) this.#say(sent, 'a person took it over in the web app');
    const { id, path, body } = call;
    if (id !== undefined && call.kind === 'App' && masksOf(body).includes('annotations'))
      this.#marking.set(sent, id);
    const isReleased = this.guard.isReleased(sent);
    const asked = { key, look: { ...look, isReleased: () => isReleased } };
    if (thing !== undefined) this.#asked.set(sent, { ...asked, thing });
    const origin = id === undefined ? undefined : this.#model.origins.get(id);
    const isKept = begun.change.action !== 'delete';
    if (
      isKept &&
      thing !== undefined &&
      origin !== undefined &&
      !this.claims.takes({ key, thing }, origin, this.#state(), asked.look)
    )
      this.#say(sent, `it is not the object of ${thing.uid}`);
    if (id !== undefined && masksOf(body).includes(CONFIG))
      this.configurations.leaves(sent, id, String(configOf(sentObject(path, body)).token));
  }

  /** True where a person has the app of a write, and nothing that its sender can have seen has ended that. */
  #isTakenOver({ path, body }: Call, key: string, thing: Thing | undefined, { since }: Look): boolean {
    const app = thing?.app ?? thing;
    if (app === undefined) return false;
    const at = this.takeovers.takenAt(placeOf(path).appId, app === thing ? key : keyOf(app));
    if (at === undefined) return false;
    // Whoever puts the marks back has seen that they were gone.
    const isSeen = masksOf(body).includes('annotations') || at <= Math.min(since, this.#now()) - WRITE_MS;
    return isSeen && !isChangedSince(app, at);
  }

  /** True where people, or definitions in all versions that may be in force, leave an object or its app alone. */
  #isSuspended({ change, at, wallAt }: Begun, sender: Sender): boolean {
    const { kind, name, action } = change;
    const { directory } = sender;
    const loadedAt = this.#loadedAt(sender);
    const thing = this.#model.things.find(
      (one) =>
        one.kind === kind && this.#model.recent(one, loadedAt).some((version) => version.name === name),
    );
    // What it loads has no definition of what it deletes: only people can have suspended that.
    const isSilent = (one: Thing): boolean =>
      action === 'delete' && (one === thing || directory !== DEFINITIONS);
    const app = action === 'delete' ? this.#appOver(change.parentId ?? '', sender) : thing?.app;
    return [thing, app].some((one) => {
      const versions = one === undefined ? [] : this.#model.recent(one, loadedAt);
      if (one?.file === undefined) return false;
      const isTold = (key: string): boolean => this.suspensions.covers(key, at, wallAt);
      return versions.every(
        ({ suspended, name: called }) => (suspended && !isSilent(one)) || isTold(`${one.kind}/${called}`),
      );
    });
  }

  /**
   * The app that has an object, where a process must know: by the record, or by the name. What is deleted may be under
   * another app than its definition named.
   */
  #appOver(id: string, { records }: Sender): Thing | undefined {
    const thing = this.#model.origins.get(id)?.thing;
    const live = this.#state().apps.find((app) => app.id === id);
    if (thing === undefined || live === undefined) return undefined;
    const isNamed = nameText(live.displayName) === nameText(thing.declared.get('displayName'));
    return isNamed || records.get(keyOf(thing)) === id ? thing : undefined;
  }

  /** True where a write changes nothing that a reader could see: marks, and a secret that nobody had written yet. */
  #isCalm({ id, body, path }: Call): boolean {
    const mask = body.updateMask;
    const object = asObject(body.app ?? body.connector);
    if (/\/(owners|schedule|pause|resume)$/.test(path)) return false;
    if (mask === 'annotations')
      return Object.keys(asObject(object.annotations)).every((key) => MARKS.includes(key));
    if (mask !== CONFIG || id === undefined) return false;
    const live = this.#liveConfig(id);
    if (live === undefined) return true;
    const { token, ...config } = configOf(object);
    const { token: held, ...readable } = live;
    return (
      canonical(config) === canonical(readable) && (token === held || !this.configurations.isVerified(id))
    );
  }

  arrives(sent: Sent): ((answer: TenantAnswer) => void) | undefined {
    const { method, path } = sent.request;
    if (isReading(method, path)) return undefined;
    this.writes += 1;
    this.written.push({ what: `${method} ${path}`, key: this.guard.changeOf(sent)?.key });
    if (!this.#senderOf(sent.actor).mayWrite) this.#say(sent, 'it must change nothing');
    const body = JSON.parse(sent.request.body === '' ? '{}' : sent.request.body) as Json;
    const { appId, connectorId, rest } = placeOf(path);
    if (path === '/api/v1/apps') return this.#createsApp(sent, body);
    if (rest === '' && method === 'POST' && path.endsWith('/connectors'))
      return this.#createsConnector(sent, appId, body);
    const origin = this.#model.origins.get(connectorId ?? appId);
    const wrong =
      method === 'DELETE' ? this.#againstDeletion(sent, origin) : origin && this.#againstUpdate(sent, body);
    if (wrong !== undefined) this.#say(sent, wrong);
    if (origin !== undefined) origin.isUnheard = false;
    const id = connectorId ?? appId;
    const action = this.guard.changeOf(sent)?.action === 'adopt' ? 'adopt' : 'update';
    const mask = String(body.updateMask ?? '');
    return (answer) => {
      if (answer.status !== 200) return;
      if (method === 'DELETE') this.#isDeleted(id, origin);
      if (this.#marking.has(sent)) this.takeovers.returns(id);
      if (masksOf(body).includes(CONFIG) && origin?.thing !== undefined) configures(sent, origin.thing);
      this.effects.note(sent, this.#senderOf(sent.actor), {
        action: method === 'DELETE' ? 'delete' : action,
        id,
        thing: origin?.thing,
        mask,
      });
    };
  }

  /** A definition of another folder may still name what was deleted, and a process that ended then has not noted it. */
  #isDeleted(id: string, origin: Origin | undefined): void {
    this.#model.origins.delete(id);
    if (origin?.thing?.file !== undefined) origin.thing.causes.set('Gone', 'it was pruned');
  }

  #createsApp(sent: Sent, body: Json): (answer: TenantAnswer) => void {
    const asked = this.#asking(sent, body);
    return this.#creates(sent, asked, body, undefined, (answer) => String(asObject(answer.app).id));
  }

  #createsConnector(sent: Sent, appId: string, body: Json): (answer: TenantAnswer) => void {
    const asked = this.#asking(sent, body);
    const app = asked?.thing.app;
    const isUnderItsApp = asked && app && this.claims.knows(app, appId, this.#state(), asked.look);
    return this.#creates(sent, isUnderItsApp ? asked : undefined, body, appId, (answer) =>
      String(asObject(asObject(answer.connectorView).connector).id),
    );
  }

  #lookOf(sender: Sender): Look {
    const { records, directory, since } = sender;
    return {
      records,
      isReleased: (key) => this.guard.wasApproved(key),
      since,
      seenAt: Math.min(since, this.#now()) - LOOK_MS,
      loadedAt: this.#loadedAt(sender),
      defines: (thing) => this.deletions.defines(directory, thing),
    };
  }

  /** From when on the definitions may be that a process works from. */
  #loadedAt({ since, loadedAt = since, directory }: Sender): number {
    const at = Math.min(since, loadedAt);
    return this.deletions.writtenAt(directory, at) ?? at;
  }

  /** What a create is for, where the definition says this name, or did so a moment ago. */
  #asking(sent: Sent, { displayName }: Json): Asked | undefined {
    const asked = this.#asked.get(sent);
    const versions = asked && this.#model.recent(asked.thing, asked.look.loadedAt);
    return versions?.some((version) => declares(version, 'displayName', displayName)) ? asked : undefined;
  }

  #creates(
    sent: Sent,
    asked: Asked | undefined,
    { displayName, catalogId }: Json,
    appId: string | undefined,
    idIn: (answer: Json) => string,
  ): (answer: TenantAnswer) => void {
    const thing = asked?.thing;
    const isExcused =
      sent.actor.life !== 'running' ||
      this.#now() - sent.sentAt > CALL_WINDOW_MS ||
      this.guard.isReleased(sent);
    const others =
      asked === undefined
        ? []
        : this.claims.mustKnow(asked, { displayName, catalogId, appId }, this.#state(), asked.look);
    if (asked === undefined || thing === undefined) {
      if (!isExcused) this.#say(sent, 'no definition asks for this object');
    } else {
      // Whoever creates has seen all that was there a little before it.
      const seenAt = Math.min(sent.sentAt, asked.look.since) - WRITE_MS;
      const isOvertaken = others.every((other) => !isRemembered(thing, other) && other.since >= seenAt);
      const excused = isExcused || isOvertaken || others.some((origin) => origin.isExcused);
      if (others.length > 0 && !excused) {
        this.#say(sent, `${thing.uid} is there already: ${others.map(({ id }) => id).join(', ')}`);
      }
      if (others.length > 0) thing.causes.set('Held', 'it was made twice');
    }
    return (answer) => {
      if (answer.status !== 200) return;
      if (thing !== undefined && others.length === 0) this.#model.release(this.claims.alive(thing));
      const id = idIn(JSON.parse(answer.body) as Json);
      const kind = sent.request.path === '/api/v1/apps' ? 'App' : 'Connector';
      this.#model.note({
        id,
        kind,
        by: 'daemon',
        thing,
        madeAs: asked?.key,
        sentAt: sent.sentAt,
        isExcused,
        isUnheard: sent.isBroken,
      });
      if (asked !== undefined) this.claims.made(asked.key, id);
      this.guard.made(id, sent);
      if (thing?.file === undefined) thing?.causes.set('Held', LEFT);
      this.effects.note(sent, this.#senderOf(sent.actor), { action: 'create', id, thing, mask: '' });
    };
  }

  #againstDeletion(sent: Sent, origin: Origin | undefined): string | undefined {
    const change = this.guard.changeOf(sent);
    const records = this.#asked.get(sent)?.look.records;
    if (origin === undefined || change === undefined || records === undefined) return undefined;
    const { apps, connectors } = this.#state();
    return this.deletions.against({
      sender: this.#senderOf(sent.actor),
      sentAt: sent.sentAt,
      change,
      records,
      origin,
      live: [...apps, ...connectors].find(({ id }) => id === origin.id),
      isReleased: this.guard.isReleased(sent),
    });
  }

  #againstUpdate(sent: Sent, body: Json): string | undefined {
    const asked = this.#asked.get(sent);
    if (asked === undefined) return 'no definition names this object';
    const { thing, look } = asked;
    const isReleased = this.guard.isReleased(sent);
    return this.#contents.against({ sent, body, thing, look, isReleased });
  }

  #say({ actor, request: { method, path, body } }: Sent, why: string): void {
    this.wrongs.push(`${actor.name} sends ${method} ${path} ${body.slice(0, 300)}: ${why}`);
  }
}

/** Whatever a person wrote is gone. */
function configures({ isBroken, actor }: Sent, thing: Thing): void {
  thing.rotatedAt = undefined;
  thing.isReconfigured = isBroken || actor.life !== 'running';
  thing.configuredAt = Number.POSITIVE_INFINITY;
}

/** True where a definition may be another one than a process had seen by a moment. */
function isChangedSince({ versions }: Thing, at: number): boolean {
  return versions.some(({ from }) => from > at - LOOK_MS);
}
