import { z } from 'zod';
import { setDifference } from '../core/model/diff.js';
import type { Difference, DiffInput, Field, Principal } from '../core/model/kind.js';
import { asTextSet, textSet } from './fields.js';

/** The largest number of users that own an object. */
const MAX_OWNERS = 32;

/** Prefixes of the ids of roles that manage every object, independent of its owners. */
const ADMIN_ROLES = ['role/c1.api.tenant.v1.Tenant:owner', 'role/c1.api.app.v1.Apps:owner'];

/** True when a role of the principal manages every object with owners. */
export function managesAll({ roles }: Pick<Principal, 'roles'>): boolean {
  return roles.some((role) => ADMIN_ROLES.some((id) => role.startsWith(id)));
}

/**
 * The users who own an object: an exact set with separate reads and writes, and writes that take time to show. `owners` is the
 * form with emails.
 */
export function ownersField(path: string, doc: string): Field {
  return textSet(path, doc, {
    schema: z.array(z.string().min(1)).max(MAX_OWNERS),
    write: 'owners',
    settles: true,
    decidesAccess: true,
    subRead: true,
    sugar: {
      path: 'owners',
      schema: z.array(z.string().regex(/^[^@\s]+@[^@\s]+$/, 'Must be an email address.')).max(MAX_OWNERS),
      lookup: 'user',
      doc: `${doc} By email.`,
    },
    diff: (input) => ownersDifference(path, input),
  });
}

/**
 * Compares sets, and holds a removal of our own user. An administrator that owns an object only as its creator (the API adds
 * the caller) loses nothing: it is removed. The first owners are part of a create.
 */
function ownersDifference(path: string, input: DiffInput): Difference {
  const difference = setDifference(path, input);
  const { self, record } = input;
  if (difference.changes.length === 0 || self === undefined) return difference;
  const leaves =
    asTextSet(input.live).includes(self.userId) && !asTextSet(input.declared).includes(self.userId);
  const isFirst = record?.unfinished !== undefined && record.definitionHash === undefined;
  if (!leaves || isFirst || (managesAll(self) && record?.origin === 'created')) return difference;
  return {
    ...difference,
    hold: `taking c1sync's own user ${self.userId} off the owners may lock it out: add it to spec.owners, or remove it by hand`,
  };
}
