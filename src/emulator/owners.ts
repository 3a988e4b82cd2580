import type { Clock } from '../core/model/clock.js';

/** The role of the owners that the calls without a role read and write. */
export const OWNER_ROLE = 'owner';

/** An owner of an app or a connector: a user or, with `appId`, the holders of an entitlement of that app. */
export interface OwnerRef {
  readonly id: string;
  readonly appId?: string;
}

/** An owner in a role. */
export interface Owner extends OwnerRef {
  readonly roleSlug: string;
  readonly createdAt: string;
}

/** True for a user, false for an entitlement. */
export function isUser({ appId }: OwnerRef): boolean {
  return appId === undefined;
}

/** True for the same user or the same entitlement. */
export function isSameOwner(a: OwnerRef, b: OwnerRef): boolean {
  return a.id === b.id && a.appId === b.appId;
}

/** The ids of the users in a role. */
export function userIdsIn(owners: readonly Owner[], role = OWNER_ROLE): string[] {
  return owners.filter((owner) => owner.roleSlug === role && isUser(owner)).map(({ id }) => id);
}

/** The owners with exactly `refs` in a role, each once; owners that stay keep their `createdAt`. */
export function withRole(
  owners: readonly Owner[],
  roleSlug: string,
  refs: readonly OwnerRef[],
  now: string,
): Owner[] {
  const others = owners.filter((owner) => owner.roleSlug !== roleSlug);
  const before = owners.filter((owner) => owner.roleSlug === roleSlug);
  const once = refs.filter((ref, index) => refs.findIndex((one) => isSameOwner(one, ref)) === index);
  return [
    ...others,
    ...once.map(
      (ref) => before.find((owner) => isSameOwner(owner, ref)) ?? { ...ref, roleSlug, createdAt: now },
    ),
  ];
}

/** The owners with exactly these users in the role of owners; entitlements stay. */
export function withUsers(owners: readonly Owner[], userIds: readonly string[], now: string): Owner[] {
  const entitlements = owners.filter((owner) => owner.roleSlug === OWNER_ROLE && !isUser(owner));
  return withRole(owners, OWNER_ROLE, [...userIds.map((id) => ({ id })), ...entitlements], now);
}

/**
 * The owners of one app or connector. The tenant accepts a write at once, and reads show it after a delay. Writes show in the
 * order of their acceptance, even if the delay changes in between.
 */
export class OwnerList {
  #accepted: readonly Owner[];
  #visible: readonly Owner[];
  #writes = 0;
  #shown = 0;

  constructor(initial: readonly Owner[] = []) {
    this.#accepted = initial;
    this.#visible = initial;
  }

  /** The owners that a read shows now. */
  get visible(): readonly Owner[] {
    return this.#visible;
  }

  /** The owners of the last accepted write. */
  get accepted(): readonly Owner[] {
    return this.#accepted;
  }

  /** Accepts the owners; reads show them after `delayMs` milliseconds. */
  set(owners: readonly Owner[], clock: Clock, delayMs: number): void {
    this.#writes += 1;
    const write = this.#writes;
    this.#accepted = owners;
    const show = (): void => {
      if (write < this.#shown) return;
      this.#shown = write;
      this.#visible = owners;
    };
    if (delayMs > 0) clock.after(delayMs, show, { detached: true });
    else show();
  }
}
