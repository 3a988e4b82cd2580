import { createHash } from 'node:crypto';
import type { Random } from '../core/model/random.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A new id in the form of the API: 27 characters of base62. */
export function newId(random: Random): string {
  return encode(random.bytes(32));
}

/** The id of `name` in the same form. It is the same in every run. */
export function idOf(name: string): string {
  return encode(createHash('sha256').update(name).digest());
}

function encode(bytes: Buffer): string {
  let id = '3';
  for (const byte of bytes.subarray(0, 26)) id += ALPHABET.charAt(byte % ALPHABET.length);
  return id;
}
