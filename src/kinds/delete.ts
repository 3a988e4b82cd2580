import type { C1Writer } from '../c1/client.js';
import { isNotFound } from '../c1/errors.js';

/** Deletes what stands at a path. What is gone already was deleted by somebody else, which is as good. */
export async function deleteObject(writer: C1Writer, path: string, signal?: AbortSignal): Promise<void> {
  try {
    await writer.send('DELETE', path, {}, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
