import type { FastifyInstance } from 'fastify';

/** The named checks of readiness. */
export type Checks = Readonly<Record<string, 'ok' | 'waiting' | 'failed'>>;

/**
 * `GET /healthz`: the process works. `GET /readyz`: it serves and passes all checks. Whether the
 * tenant is reachable or in sync is neither: a restart would repair nothing. Open to everybody, so both name checks and
 * disclose nothing else.
 */
export function addHealth(server: FastifyInstance, checksOf: () => Checks): void {
  const open = { config: { open: true, rateLimit: false as const } };
  server.get('/healthz', open, async () => ({ status: 'ok', checks: { process: 'ok' } }));
  server.get('/readyz', open, async (_request, reply) => {
    const checks = { server: 'ok', ...checksOf() };
    const isReady = Object.values(checks).every((result) => result === 'ok');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'unavailable', checks });
  });
}

/** The answer to `GET /metrics`. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** `GET /metrics`, for Prometheus. */
export function addMetrics(server: FastifyInstance, metrics: MetricsText): void {
  server.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).header('cache-control', 'no-store').send(text);
  });
}
