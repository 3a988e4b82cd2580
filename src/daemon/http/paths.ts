import type { FastifyRequest } from 'fastify';
import { asObject } from '../../text/shape.js';

/** The path of the JSON API. */
export const API = '/api/v1';

/** The path of a tenant among several, below the API and for its pages. */
export const TENANT = '/tenants/:tenant';

/** The name of the tenant in the path of a request; undefined on routes of the only tenant. */
export function tenantName({ params }: FastifyRequest): string | undefined {
  const { tenant } = asObject(params);
  return typeof tenant === 'string' ? tenant : undefined;
}

/** The path of the pages of a request's tenant; empty for the only tenant. */
export function baseOf(request: FastifyRequest): string {
  const name = tenantName(request);
  return name === undefined ? '' : `/tenants/${encodeURIComponent(name)}`;
}
