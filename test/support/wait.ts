/** Waits on real time until `probe` gives a truthy value; fails with what it gave last. For processes and sockets. */
export async function until<T>(
  probe: () => T | Promise<T>,
  what: string,
  timeoutMs = 60_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const last = await probe();
    if (last) return last;
    if (performance.now() > end)
      throw new Error(`${what}: still ${JSON.stringify(last)} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
