import { z } from 'zod';
import { setDifference } from '../core/model/diff.js';
import type { Difference, DiffInput, Field, Principal } from '../core/model/kind.js';
import { asEntitlementSet, entitlementForm, entitlementRefs, OWNER_ENTITLEMENTS } from './entitlements.js';
import { asTextSet, type Traits, textSet } from './fields.js';

/** The largest number of users, and of entitlements, that own an object. */
const MAX_OWNERS = 32;

/** Prefixes of the ids of roles that manage every object, independent of its owners. */
const ADMIN_ROLES = ['role/c1.api.tenant.v1.Tenant:owner', 'role/c1.api.app.v1.Apps:owner'];

/** True when a role of the principal manages every object with owners. */
export function managesAll({ roles }: Pick<Principal, 'roles'>): boolean {
  return roles.some((role) => ADMIN_ROLES.some((id) => role.startsWith(id)));
}

/** Owners have separate reads and one write, which replaces all of them and takes time to show. */
const separate = { write: 'owners', settles: true, decidesAccess: true, subRead: true } as const;

/** The users who own an object: an exact set. `owners` is the form with emails. */
export function ownersField(path: string, doc: string): Field {
  return textSet(path, doc, {
    schema: z.array(z.string().min(1)).max(MAX_OWNERS),
    ...separate,
    sugar: {
      path: 'owners',
      schema: z.array(z.string().regex(/^[^@\s]+@[^@\s]+$/, 'Must be an email address.')).max(MAX_OWNERS),
      lookup: 'user',
      doc: `${doc} By email.`,
      examples: [['alice@acme.example']],
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

/** An id, which no path may end early. */
const idText = z.string().regex(/^[^/]+$/, 'Must be an id.');

const nameOrId = z.union([z.string().min(1), z.strictObject({ id: idText })]);

/**
 * The entitlements whose holders own an object: an exact set beside the users of the field `usersPath`. `ownerEntitlements`
 * is the form with names.
 */
export function ownerEntitlementsField(
  { usersPath, appKind, doc }: { readonly usersPath: string; readonly appKind: string; readonly doc: string },
  traits: Traits = {},
): Field {
  return textSet(OWNER_ENTITLEMENTS, `${doc} By id.`, {
    schema: z.array(z.strictObject({ appId: idText, id: idText })).max(MAX_OWNERS),
    normalise: asEntitlementSet,
    toSpec: entitlementRefs,
    ...separate,
    sugar: {
      path: 'ownerEntitlements',
      schema: z
        .array(
          z.strictObject({
            app: nameOrId.describe(
              'The app: display name, id, or metadata.name of a definition of this source.',
            ),
            entitlement: nameOrId.describe('The entitlement of that app: display name or id.'),
          }),
        )
        .max(MAX_OWNERS),
      lookup: 'entitlement',
      form: entitlementForm(appKind),
      examples: [[{ app: 'Okta', entitlement: 'GitHub owners' }]],
      doc: `${doc} Each \`{ app, entitlement }\`, by name or id.`,
    },
    diff: (input) => entitlementsDifference(usersPath, input),
    ...traits,
  });
}

/** Compares sets, and holds a removal through which our own user may own the object, because nothing else makes it an owner. */
function entitlementsDifference(usersPath: string, input: DiffInput): Difference {
  const difference = setDifference(OWNER_ENTITLEMENTS, input);
  const { self, desired, object } = input;
  if (difference.changes.length === 0 || self === undefined || managesAll(self)) return difference;
  const wanted = asEntitlementSet(input.declared);
  const leaving = asEntitlementSet(input.live).filter((id) => !wanted.includes(id));
  const users = asTextSet(desired[usersPath] ?? object?.values[usersPath]);
  if (leaving.length === 0 || users.includes(self.userId)) return difference;
  return {
    ...difference,
    hold: `taking the entitlements ${leaving.join(', ')} off the owners may lock out c1sync's own user ${self.userId}, which is no owner itself: add it to spec.owners, or remove them by hand`,
  };
}
