import { z } from 'zod';
import { setDifference } from '../core/model/diff.js';
import type { Difference, DiffInput, Field, Principal } from '../core/model/kind.js';
import { asTextSet, textSet } from './fields.js';

/** The API takes at most this many users as owners of one object. */
const MAX_OWNERS = 32;

/** Beginnings of the ids of roles whose holder manages every object, whoever owns it. */
const ADMIN_ROLES = ['role/c1.api.tenant.v1.Tenant:owner', 'role/c1.api.app.v1.Apps:owner'];

/** True where one of its roles lets a principal manage every object that has owners. */
export function managesAll({ roles }: Pick<Principal, 'roles'>): boolean {
  return roles.some((role) => ADMIN_ROLES.some((id) => role.startsWith(id)));
}

/**
 * The users who own an object: exact, read and written by calls of their own, and slow to show. `owners` is the
 * friendly form, by email.
 */
export function ownersField(path: string, doc: string): Field {
  return textSet(path, doc, {
    schema: z.array(z.string().min(1)).max(MAX_OWNERS),
    write: 'owners',
    settles: true,
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
 * Compares sets, and holds what would take our own user off the owners. An administrator that is an owner only
 * because it made the object (the API makes the caller an owner) loses nothing and is taken off. The first owners are
 * part of a create, as they are where its answer is not lost.
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
