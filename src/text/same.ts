import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are equal, in a time that reveals neither the first difference nor their lengths. */
export function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
