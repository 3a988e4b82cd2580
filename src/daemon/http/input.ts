import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { andMore, check, pathText } from '../../text/check.js';
import { Refusal } from './refusal.js';

/** The body of a request in the shape of a schema. Throws a Refusal (400) that names every mistake. */
export function bodyOf<T>(schema: z.ZodType<T>, { body }: FastifyRequest): T {
  return checked(schema, body ?? {});
}

/** The query of a request in the shape of a schema. Throws as {@link bodyOf}. */
export function queryOf<T>(schema: z.ZodType<T>, { query }: FastifyRequest): T {
  return checked(schema, query);
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = check(schema, value);
  if (result.ok) return result.value;
  const problems = result.issues.map(({ path, message }) => {
    const place = pathText(path);
    return place === '' ? message : `${place}: ${message}`;
  });
  if (result.unlisted > 0) problems.push(andMore(result.unlisted));
  throw new Refusal(400, problems.join(' '));
}
