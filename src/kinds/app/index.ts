import type { C1Reader } from '../../c1/client.js';
import { readerOf, type WriteCall, writerOf } from '../api.js';
import { asTextSet } from '../fields.js';
import type { KindModule } from '../module.js';
import { pathOf, type Send } from '../operation.js';
import {
  lacksEntitlements,
  type OwnersOf,
  ownersIn,
  ownersReader,
  readOwnerEntitlements,
  writeOwners,
} from '../owners-api.js';
import { appApi, appOperations, appOwners } from './api.js';
import { appKind } from './schema.js';

/** The kind App: table, reader and writer. */
export const appModule: KindModule = {
  kind: appKind,
  operations: appOperations,
  reader: (client, { connectorOwnerRole: role }) => {
    const subRead = ownersReader('ownerIds', {
      users: async (app, signal) => {
        const { userIds } = await client.get(pathOf(appOperations.ownerIds, app), { signal });
        return asTextSet(userIds);
      },
      entitlements: (object, signal) =>
        readOwnerEntitlements(client, { operations: appOwners, object, role }, signal),
    });
    return readerOf(appApi, client, subRead);
  },
  writer: (send, reader, { connectorOwnerRole }) =>
    writerOf(appApi, send, { owners: writingOwners(send, reader, connectorOwnerRole) }),
};

/** Writes users alone while there is no entitlement to send or to keep: every tenant has that call. */
function writingOwners(send: Send, reader: C1Reader, role: string): WriteCall {
  return async (object, values, signal) => {
    const of: OwnersOf = { operations: appOwners, object, role };
    const { users, entitlements: declared } = ownersIn(values, 'ownerIds');
    const entitlements = declared ?? (await readOwnerEntitlements(reader, of, signal)) ?? [];
    const isWhole = declared !== undefined || entitlements.length > 0;
    if (isWhole && (await writeOwners({ reader, send }, of, { users, entitlements }, signal))) {
      return undefined;
    }
    if (users === undefined || entitlements.length > 0) throw lacksEntitlements();
    await send(appOperations.setOwners, object, { userIds: users }, signal);
    return undefined;
  };
}
