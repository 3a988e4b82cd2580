import type { Outcome, TenantRequest } from '../../src/emulator/exchange.js';
import {
  type Emulator,
  type EmulatorOptions,
  type SeedInput,
  startEmulator,
} from '../../src/emulator/index.js';
import type { JsonObject } from '../../src/emulator/json.js';
import type { LoggedRequest } from '../../src/emulator/request-log.js';
import type { Settings } from '../../src/emulator/settings.js';
import { TenantServer } from '../../src/emulator/tenant-server.js';
import { deviationsOf } from '../emulator/shapes/check.js';

/** A call's answer, read to its end. `body` is empty where the answer is no JSON object. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: JsonObject;
}

/** The tenant as `GET /_emulator/state` shows it. */
export interface State {
  readonly users: JsonObject[];
  readonly policies: JsonObject[];
  readonly catalogs: JsonObject[];
  readonly connectorTypes: JsonObject[];
  readonly apps: JsonObject[];
  readonly connectors: JsonObject[];
  readonly entitlements: JsonObject[];
}

/** A running emulator with what tests do to it, all over HTTP. */
export interface TestEmulator extends Emulator {
  /** Calls the API, as the service principal if no token is given; `null` sends none. Redirects are not followed. */
  api(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>;
  /** The calls since the last `clearRequests`. */
  requests(): Promise<LoggedRequest[]>;
  clearRequests(): Promise<void>;
  state(): Promise<State>;
  /** An edit by a person in the web app; fails the test where the emulator refuses it. */
  webEdit(edit: {
    kind: 'App' | 'Connector';
    appId?: string;
    id?: string;
    set: JsonObject;
    user: string;
  }): Promise<void>;
  /** Arms a fault, for one call if `times` is left out. */
  faults(fault: {
    match: string;
    times?: number;
    status: number | 'timeout' | 'reset' | 'html';
    after?: 'apply' | 'before';
    delayMs?: number;
    retryAfter?: string | number;
    code?: number;
    message?: string;
  }): Promise<void>;
  clearFaults(): Promise<void>;
  settings(patch: Partial<Settings>): Promise<void>;
  /** The deviations of the calls so far from the shapes of the API; `close` does not reject because of these. */
  deviations(): string[];
}

/** A tenant that holds every call against the shapes of the API. */
class CheckedTenant extends TenantServer {
  readonly deviations = new Set<string>();

  override async handle(request: TenantRequest): Promise<Outcome> {
    const outcome = await super.handle(request);
    for (const deviation of deviationsOf(request, outcome)) this.deviations.add(deviation);
    return outcome;
  }
}

/**
 * Starts an emulator for a test, on a free port of the loopback address. The test closes it; `close` rejects if a call did not
 * have the shape of its operation.
 */
export async function testEmulator(options: EmulatorOptions = {}): Promise<TestEmulator> {
  const tenant = new CheckedTenant(options);
  const emulator = await startEmulator(options, tenant);
  const api: TestEmulator['api'] = async (method, path, body, token = emulator.accessToken) => {
    const response = await fetch(emulator.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      get body() {
        return objectIn(text);
      },
    };
  };
  const admin = async (method: string, path: string, body?: unknown): Promise<string> => {
    const answer = await api(method, `/_emulator/${path}`, body, null);
    if (answer.status !== 200) throw new Error(`${method} /_emulator/${path} answered: ${answer.text}`);
    return answer.text;
  };
  return {
    ...emulator,
    close: async () => {
      await emulator.close();
      if (tenant.deviations.size > 0) throw new Error([...tenant.deviations].join('\n'));
    },
    api,
    requests: async () => JSON.parse(await admin('GET', 'requests')) as LoggedRequest[],
    clearRequests: async () => void (await admin('DELETE', 'requests')),
    state: async () => JSON.parse(await admin('GET', 'state')) as State,
    webEdit: async (edit) => void (await admin('POST', 'web-edit', edit)),
    faults: async (fault) => void (await admin('POST', 'faults', fault)),
    clearFaults: async () => void (await admin('DELETE', 'faults')),
    deviations: () => {
      const found = [...tenant.deviations];
      tenant.deviations.clear();
      return found;
    },
    settings: async (patch) => void (await admin('POST', 'settings', patch)),
  };
}

/** Runs `test` against an emulator and always closes it. */
export async function withEmulator<T>(
  options: EmulatorOptions,
  test: (emulator: TestEmulator) => Promise<T>,
): Promise<T> {
  const emulator = await testEmulator(options);
  try {
    return await test(emulator);
  } finally {
    await emulator.close();
  }
}

function objectIn(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}

export type { SeedInput };
