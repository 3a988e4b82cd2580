import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, TerminalError } from './errors.js';

const KEY_FILE = 'hash.key';
const KEY_BYTES = 32;

/**
 * The key of the keyed hashes kept in `directory`, made at random when there is none yet. Two processes that
 * make it at the same time end up with the same one. Rejects when the folder cannot be read or written, and
 * with a TerminalError when the file holds no key.
 */
export async function readOrMakeHashKey(directory: string): Promise<Buffer> {
  const file = join(directory, KEY_FILE);
  return (await readKey(file)) ?? (await makeKey(file));
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new TerminalError(
      `${file} holds no hash key: restore it from a backup, or remove it, which costs one extra config write a connector`,
    );
  }
  return Buffer.from(text.trim(), 'hex');
}

async function makeKey(file: string): Promise<Buffer> {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  const key = await readKey(file);
  if (key === undefined) throw new TerminalError(`${file} vanished while it was made`);
  return key;
}

/** Gives the draft its name unless another process was first; a rename would put a second key over the first. */
async function publish(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without hard links.
    await rename(draft, file);
  }
}
