import { z } from 'zod';
import { TerminalError } from '../model/errors.js';

const positionSchema = z.tuple([z.string(), z.string(), z.int().min(0)]);

/** Where a page of unmanaged objects begins: at an object without a parent, after some of the rows below it. */
export interface Position {
  readonly displayName: string;
  readonly id: string;
  readonly skip: number;
}

/** A position as a text that clients give back. */
export function positionText({ displayName, id, skip }: Position): string {
  return Buffer.from(JSON.stringify([displayName, id, skip])).toString('base64url');
}

/** The position in a text. Throws a TerminalError for any other text. */
export function positionIn(text: string): Position {
  const result = positionSchema.safeParse(parsed(Buffer.from(text, 'base64url').toString()));
  if (!result.success)
    throw new TerminalError('after is no position in this list: leave it out to begin at the start');
  const [displayName, id, skip] = result.data;
  return { displayName, id, skip };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
