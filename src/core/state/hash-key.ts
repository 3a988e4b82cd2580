import { TerminalError } from '../model/errors.js';
import type { Random } from '../model/random.js';
import type { Disk } from './disk.js';

const KEY_FILE = 'hash.key';
const KEY_BYTES = 32;

/**
 * The key of the keyed hashes kept in `directory`, created at random when there is none yet. Two processes that
 * create it at the same time end up with the same one. Rejects when the folder cannot be read or written, and
 * with a TerminalError when the file holds no key.
 */
export async function readOrCreateHashKey(directory: string, disk: Disk, random: Random): Promise<Buffer> {
  const file = `${directory}/${KEY_FILE}`;
  const known = await readKey(file, disk);
  if (known !== undefined) return known;
  await disk.create(file, `${random.bytes(KEY_BYTES).toString('hex')}\n`);
  const key = await readKey(file, disk);
  if (key === undefined) throw new TerminalError(`${file} was removed while it was created`);
  return key;
}

async function readKey(file: string, disk: Disk): Promise<Buffer | undefined> {
  const text = await disk.read(file);
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new TerminalError(
      `${file} holds no hash key: restore it from a backup, or remove it, which costs one extra write of every secret`,
    );
  }
  return Buffer.from(text.trim(), 'hex');
}
