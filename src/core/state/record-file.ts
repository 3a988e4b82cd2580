import { messageOf } from '../model/errors.js';
import type { RecordPatch } from '../model/record.js';
import type { Disk } from './disk.js';
import {
  parseRecords,
  patchLine,
  type RecordsContent,
  type RecordsText,
  sizeOf,
  unusable,
  wholeText,
} from './record-format.js';
import { baseIn, moveTimes, type Present, type TimeBase } from './record-times.js';

const RECORDS_FILE = 'records.jsonl';

/** Values and removals that may be in the file without being in force, beyond as many as are. */
const SLACK = 1000;

/** The content of a records file, and its writer. */
export interface OpenedRecords {
  readonly content: RecordsContent;
  /** False when there was no file. */
  readonly existed: boolean;
  /** True for a file whose format or times are those of another version, another run of the machine or another clock. */
  readonly isOld: boolean;
  readonly file: RecordsFile;
}

/**
 * Reads the records file of a folder. Rejects with a TerminalError that has the remedy for a file that cannot be read
 * or understood. Times are moved to those of the present process, see {@link moveTimes}. `isHeld` is asked right before
 * each change of the file.
 */
export async function openRecords(
  directory: string,
  disk: Disk,
  present: Present,
  isHeld: () => boolean,
): Promise<OpenedRecords> {
  const path = `${directory}/${RECORDS_FILE}`;
  const { now: _, ...clock } = present;
  const text = await disk.read(path).catch((error: unknown) => {
    throw unusable(path, error);
  });
  if (text === undefined) {
    const content = { objects: new Map(), intents: new Map(), notes: new Map() };
    const file = new RecordsFile(path, disk, isHeld, clock, undefined);
    return { content, existed: false, isOld: false, file };
  }
  const parsed = parseRecords(text, path);
  const base = baseIn(parsed.rest);
  const isMoved = moveTimes(parsed.content, base, present);
  const isOld = parsed.isOld || isMoved;
  const found = { ...parsed, isOld, bytes: Buffer.byteLength(text) };
  const file = new RecordsFile(path, disk, isHeld, isMoved ? clock : base, found);
  return { content: parsed.content, existed: true, isOld, file };
}

/**
 * The file that holds the records: a line a change, so that the cost of a change does not grow with what is recorded.
 * It is rewritten, in one step, when outdated lines outgrow those in force, and whenever it is not as
 * this process left it. One writer at a time.
 */
export class RecordsFile {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #isHeld: () => boolean;
  readonly #rest: RecordsText['rest'];
  /** Length of the file when no other process touched it; undefined when it must be rewritten. */
  #bytes: number | undefined;
  /** Values and removals in the file. */
  #entries: number;
  /** False when the file does not have its shortest form. */
  #isTidy: boolean;

  /** `clock`: what its times are counted from. `found`: what is in the file; undefined when there is none. */
  constructor(
    path: string,
    disk: Disk,
    isHeld: () => boolean,
    clock: TimeBase | undefined,
    found: (RecordsText & { readonly bytes: number }) | undefined,
  ) {
    this.#path = path;
    this.#disk = disk;
    this.#isHeld = isHeld;
    this.#rest = { ...found?.rest, clock };
    this.#bytes = found?.isTorn === false && !found.isOld ? found.bytes : undefined;
    this.#entries = found?.entries ?? 0;
    this.#isTidy =
      found === undefined || (!found.isTorn && !found.isOld && found.entries === sizeOf(found.content));
  }

  /**
   * Adds a patch that `content` holds already. On disk when it gives true; false, and nothing written, when the lock is not
   * held. When it rejects, the former content is still whole, and the next call writes the missing part.
   */
  async write(patch: RecordPatch, content: RecordsContent): Promise<boolean> {
    const entries = this.#entries + sizeOf(patch);
    const isWorthKeeping = entries <= 2 * sizeOf(content) + SLACK;
    try {
      if (isWorthKeeping && (await this.#append(patchLine(patch)))) {
        this.#entries = entries;
        return true;
      }
      return await this.#rewrite(content);
    } catch (error) {
      this.#bytes = undefined;
      throw new Error(`cannot write ${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Brings the file into its shortest form, for people and for the next start. It is good without that too. */
  async tidy(content: RecordsContent): Promise<void> {
    if (!this.#isTidy) await this.#rewrite(content).catch(() => false);
  }

  /** False when the file is not as it was left, or the lock is not held: then nothing was written. */
  async #append(line: string): Promise<boolean> {
    const size = this.#bytes;
    if (size === undefined) return false;
    this.#isTidy = false;
    if (!(await this.#disk.append(this.#path, line, { size, permitted: this.#isHeld }))) return false;
    this.#bytes = size + Buffer.byteLength(line);
    return true;
  }

  async #rewrite(content: RecordsContent): Promise<boolean> {
    const text = wholeText(content, this.#rest);
    const entries = sizeOf(content);
    if (!(await this.#disk.replace(this.#path, text, { permitted: this.#isHeld }))) return false;
    this.#bytes = Buffer.byteLength(text);
    this.#entries = entries;
    this.#isTidy = true;
    return true;
  }
}

/** Removes unfinished files of killed processes; only for the holder of the lock. */
export async function removeLeftovers(directory: string, disk: Disk): Promise<void> {
  const names = (await disk.list(directory)).filter((name) =>
    /^(records\.jsonl|hash\.key)\.[\d.]+$|^owner\.json/.test(name),
  );
  await Promise.all(names.map((name) => disk.remove(`${directory}/${name}`)));
}
