import { readerOf, writerOf } from '../api.js';
import { asTextSet } from '../fields.js';
import type { KindModule } from '../module.js';
import { pathOf } from '../operation.js';
import { appApi, appOperations } from './api.js';
import { appKind } from './schema.js';

/** The kind App: table, reader and writer. */
export const appModule: KindModule = {
  kind: appKind,
  operations: appOperations,
  reader: (client) =>
    readerOf(appApi, client, async (app, signal) => {
      const { userIds } = await client.get(pathOf(appOperations.ownerIds, app), { signal });
      return asTextSet(userIds);
    }),
  writer: (send) =>
    writerOf(appApi, send, {
      owners: async (app, { ownerIds }, signal) => {
        await send(appOperations.setOwners, app, { userIds: ownerIds }, signal);
        return undefined;
      },
    }),
};
