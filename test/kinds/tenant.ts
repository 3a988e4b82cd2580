import { afterAll, beforeAll } from 'vitest';
import { type C1Reader, type C1Writer, createReader, createWriter } from '../../src/c1/client.js';
import { connect } from '../../src/c1/connection.js';
import type { SeedInput } from '../../src/emulator/index.js';
import { type Send, sending } from '../../src/kinds/operation.js';
import { type TestEmulator, testEmulator } from '../support/emulator.js';

/** A call that writes, as it was sent. */
export interface SentCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** A running tenant with both halves of a client; `sent` holds the writing calls made so far. */
export interface TestTenant {
  readonly emulator: TestEmulator;
  readonly reader: C1Reader;
  readonly writer: C1Writer;
  readonly sent: SentCall[];
}

/** A tenant for the tests of one file, started before them and closed after. */
export function useTenant(seed: SeedInput): { readonly tenant: () => TestTenant } {
  let tenant: TestTenant | undefined;
  beforeAll(async () => {
    const emulator = await testEmulator({ seed });
    const connection = connect({
      url: emulator.url,
      auth: { kind: 'token', accessToken: emulator.accessToken },
      requestsPerSecond: 10_000,
      concurrency: 5,
      timeoutMs: 10_000,
      version: 'test',
    });
    const sent: SentCall[] = [];
    const writer = createWriter(connection);
    tenant = {
      emulator,
      reader: createReader(connection),
      writer: {
        send: (method, path, body, options) => {
          sent.push({ method, path, body });
          return writer.send(method, path, body, options);
        },
      },
      sent,
    };
  });
  afterAll(() => tenant?.emulator.close());
  return {
    tenant: () => {
      if (tenant === undefined) throw new Error('the tenant has not started');
      return tenant;
    },
  };
}

/** Sends writes without notes. */
export function unnoted(writer: C1Writer): Send {
  return sending(writer, () => () => {});
}

/** Takes out the writing calls made since the last time. */
export function takeSent({ sent }: TestTenant): SentCall[] {
  return sent.splice(0);
}

/** The one object of a list that has this display name, as the tenant holds it. */
export function stored(
  objects: readonly Record<string, unknown>[],
  displayName: string,
): Record<string, unknown> {
  const found = objects.filter((object) => object.displayName === displayName);
  if (found.length !== 1) throw new Error(`${found.length} objects are named ${displayName}`);
  return found[0] ?? {};
}
