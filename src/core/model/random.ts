import { randomBytes } from 'node:crypto';

/** Random values as a parameter, so that a run can be repeated. */
export interface Random {
  /** The given number of unpredictable bytes. */
  bytes(count: number): Buffer;
  /** A number from 0 up to 1, without 1. */
  number(): number;
}

/** The random values of the machine. */
export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
  number: () => Math.random(),
};

/** A random UUID (version 4). */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
