import { z } from 'zod';
import { invalid, notFound } from './errors.js';
import { type Faults, faultSchema } from './faults.js';
import type { RequestLog } from './request-log.js';
import { describe, stateOf } from './seed.js';
import { applySettings, settingsPatch } from './settings.js';
import type { Tenant } from './tenant.js';
import { webEdit, webEditSchema } from './web-edit.js';

/** The parts of the emulator that `/_emulator` reads and changes. */
export interface AdminParts {
  readonly tenant: Tenant;
  readonly faults: Faults;
  readonly requests: RequestLog;
}

type AdminRoute = (parts: AdminParts, body: unknown) => unknown;

/** The routes that a live tenant lacks: state, requests, faults, settings and edits in the web app. */
const routes: Readonly<Record<string, AdminRoute>> = {
  'GET /_emulator/requests': ({ requests }) => requests.entries,
  'DELETE /_emulator/requests': ({ requests }) => {
    requests.clear();
    return {};
  },
  'GET /_emulator/state': ({ tenant }) => stateOf(tenant),
  'POST /_emulator/web-edit': ({ tenant }, body) => {
    webEdit(tenant, checked(webEditSchema, body));
    return {};
  },
  'GET /_emulator/faults': ({ faults }) => faults.list(),
  'POST /_emulator/faults': ({ faults }, body) => {
    for (const fault of checked(z.array(faultSchema), Array.isArray(body) ? body : [body])) faults.add(fault);
    return {};
  },
  'DELETE /_emulator/faults': ({ faults }) => {
    faults.clear();
    return {};
  },
  'GET /_emulator/settings': ({ tenant }) => tenant.settings,
  'POST /_emulator/settings': ({ tenant }, body) => {
    applySettings(tenant.settings, checked(settingsPatch, body));
    return tenant.settings;
  },
};

/** Answers a call under `/_emulator`. Throws an ApiError for an unknown path and for an invalid body. */
export function administer(parts: AdminParts, method: string, path: string, body: unknown): unknown {
  const key = `${method} ${path}`;
  const route = Object.hasOwn(routes, key) ? routes[key] : undefined;
  if (route === undefined) throw notFound('Not Found');
  return route(parts, body);
}

function checked<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body);
  if (!result.success) throw invalid(describe(result.error));
  return result.data;
}
