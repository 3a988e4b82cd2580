import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { invalid } from './errors.js';
import { type Faults, faultSchema } from './faults.js';
import type { RequestLog } from './request-log.js';
import { describe, stateOf } from './seed.js';
import { applySettings, settingsPatch } from './settings.js';
import type { Tenant } from './tenant.js';
import { webEdit, webEditSchema } from './web-edit.js';

/** The part of the emulator that no tenant has: looking at it, breaking it, and being a person in its web app. */
export function addAdminRoutes(
  server: FastifyInstance,
  parts: { readonly tenant: Tenant; readonly faults: Faults; readonly requests: RequestLog },
): void {
  const { tenant, faults, requests } = parts;
  server.get('/_emulator/requests', (_request, reply) => send(reply, requests.entries));
  server.delete('/_emulator/requests', (_request, reply) => {
    requests.clear();
    send(reply, {});
  });
  server.get('/_emulator/state', (_request, reply) => send(reply, stateOf(tenant)));
  server.post('/_emulator/web-edit', (request, reply) => {
    webEdit(tenant, checked(webEditSchema, request.body));
    send(reply, {});
  });
  server.get('/_emulator/faults', (_request, reply) => send(reply, faults.list()));
  server.post('/_emulator/faults', (request, reply) => {
    const { body } = request;
    const asked = checked(z.array(faultSchema), Array.isArray(body) ? body : [body]);
    for (const fault of asked) faults.add(fault);
    send(reply, {});
  });
  server.delete('/_emulator/faults', (_request, reply) => {
    faults.clear();
    send(reply, {});
  });
  server.get('/_emulator/settings', (_request, reply) => send(reply, tenant.settings));
  server.post('/_emulator/settings', (request, reply) => {
    applySettings(tenant.settings, checked(settingsPatch, request.body));
    send(reply, tenant.settings);
  });
}

function checked<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const result = schema.safeParse(body);
  if (!result.success) throw invalid(describe(result.error));
  return result.data;
}

/** Answers with JSON of exactly the content type the API has; the value is written down before anything can change it. */
export function send(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(value)));
}
