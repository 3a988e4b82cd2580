import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { messageOf } from '../core/model/errors.js';
import { seedFromExport } from './from-export.js';
import { isObject } from './json.js';
import { SeedError, type SeedInput } from './seed.js';

/**
 * Reads a seed: a JSON file in the form of the state, a YAML file of definitions in the form of an export, or a directory
 * of such files at any depth. Rejects with a {@link SeedError} that names the file; {@link plantSeed} checks the objects of a
 * JSON seed.
 */
export async function readSeed(location: string): Promise<SeedInput> {
  const facts = await stat(location).catch((error: unknown) => {
    throw new SeedError(`The seed cannot be read: ${messageOf(error)}`, { cause: error });
  });
  if (!facts.isDirectory() && !isYaml(location)) return jsonSeed(location);
  const files = facts.isDirectory() ? await yamlFiles(location) : [location];
  const documents = await Promise.all(files.map(yamlDocuments));
  if (documents.flat().length === 0) {
    throw new SeedError(`The seed cannot be read: there are no definitions in ${location}`);
  }
  return seedFromExport(documents.flat());
}

const isYaml = (file: string): boolean => /\.ya?ml$/.test(file);

async function yamlFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names
    .filter((name) => isYaml(name) && !name.split(path.sep).some((part) => part.startsWith('.')))
    .sort()
    .map((name) => path.join(directory, name));
}

async function yamlDocuments(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8');
  try {
    return loadAll(text, { filename: file }).filter(
      (document) => document !== null && document !== undefined,
    );
  } catch (error) {
    throw new SeedError(`The seed cannot be read: ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function jsonSeed(file: string): Promise<SeedInput> {
  const text = await readFile(file, 'utf8');
  try {
    const seed: unknown = JSON.parse(text);
    if (isObject(seed)) return seed as SeedInput;
  } catch (error) {
    throw new SeedError(`The seed cannot be read: ${file} is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw new SeedError(`The seed cannot be read: ${file} holds no JSON object`);
}
