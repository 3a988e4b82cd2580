import { expect } from 'vitest';

/** Waits on real time until `probe` gives a truthy value; fails with what it gave last. For processes and sockets. */
export async function until<T>(
  probe: () => T | Promise<T>,
  what: string,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  let last: T | undefined;
  await expect
    .poll(
      async () => {
        last = await probe();
        return Boolean(last);
      },
      { timeout: timeoutMs, interval: 20, message: what },
    )
    .toBe(true);
  return last as NonNullable<T>;
}
