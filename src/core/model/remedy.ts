import { shortHash } from './hash.js';

/** A step of a person that ends a hold or a failure, where commands and pages have means of their own for it. */
export type Remedy =
  /** Approves a held change with its group. `hash`: of the group. `mayForce`: `apply --force` carries it out, too. */
  | { readonly type: 'approve'; readonly hash?: string; readonly mayForce?: true }
  /** Reviews the held changes of a group. */
  | { readonly type: 'review' }
  /** Shows the difference of an object. */
  | { readonly type: 'compare'; readonly key: string }
  /** Ends a suspension. */
  | { readonly type: 'resume'; readonly target: string }
  /** Manages an object again that a person took over. */
  | { readonly type: 'reclaim'; readonly key: string }
  /** Creates an object again that was deleted in the tenant. */
  | { readonly type: 'recreate'; readonly key: string }
  /** Forgets an object whose definition is gone; it stays in the tenant. */
  | { readonly type: 'release'; readonly key: string }
  /** Deletes the record of an object, which the next sweep treats as new. */
  | { readonly type: 'forget'; readonly key: string }
  /** Retries a change that failed. */
  | { readonly type: 'reconcile'; readonly key: string };

/** A fact and its remedies as a sentence, in which each typed remedy stands as its {@link commandFor}. */
export interface Reason {
  readonly reason: string;
  /** The typed remedies in it. */
  readonly remedies?: readonly Remedy[] | undefined;
}

/** A remedy in the words of one place; undefined where the command says it best. */
export type Words = (remedy: Remedy) => string | undefined;

/** A remedy as a command: for terminals, programs, logs and notifications. */
export function commandFor(remedy: Remedy): string {
  switch (remedy.type) {
    case 'approve':
      return remedy.hash === undefined
        ? "run 'c1sync approve' with the hash that 'c1sync status' shows"
        : `run 'c1sync approve ${shortHash(remedy.hash)}'`;
    case 'review':
      return "review them with 'c1sync plan'";
    case 'compare':
      return "see the difference with 'c1sync plan'";
    case 'resume':
      return `run 'c1sync resume ${argumentsFor(remedy.target)}'`;
    case 'reclaim':
      return `run 'c1sync resume ${remedy.key}' to manage it again`;
    case 'recreate':
      return `run 'c1sync resume ${remedy.key}' (without a daemon, 'c1sync state forget ${remedy.key}') to recreate it`;
    case 'release':
      return `run 'c1sync state forget ${remedy.key}' to release it`;
    case 'forget':
      return `run 'c1sync state forget ${remedy.key}'`;
    case 'reconcile':
      return `run 'c1sync reconcile ${remedy.key}'`;
  }
}

/** A fact with the release of an object as its last remedy. */
export function releaseReason(fact: string, key: string): Reason {
  const release: Remedy = { type: 'release', key };
  return { reason: `${fact}${commandFor(release)}`, remedies: [release] };
}

/** A reason in the words of the place where it is read. */
export function reasonIn({ reason, remedies = [] }: Reason, words: Words): string {
  return remedies.reduce((text, remedy) => {
    const command = commandFor(remedy);
    return text.replace(command, () => words(remedy) ?? command);
  }, reason);
}

/** A target as it is given to `c1sync suspend` and `c1sync resume`. */
export function argumentsFor(target: string): string {
  if (target === '*') return '"*"';
  return target.includes('=') ? `-l ${target}` : target;
}
