import { Secret } from '../core/model/secret.js';
import { readValue, valueFromSchema } from '../core/model/value-from.js';
import { andMore, check, pathText } from '../text/check.js';
import { fromText, type SettingsKey, settingsKeys } from './keys.js';
import { isMapping, isSource, type Mapping, parentOf } from './mapping.js';
import { report, type SettingsTree } from './tree.js';

interface ReadContext {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

/** Replaces every `valueFrom` of a tree by its value, and every text by the type of its key. */
export async function readSources(tree: SettingsTree, env: NodeJS.ProcessEnv): Promise<void> {
  for (const key of settingsKeys) await readKey(tree, key, { env, folder: tree.folder });
}

async function readKey(tree: SettingsTree, key: SettingsKey, context: ReadContext): Promise<void> {
  const parent = parentOf(tree.values, key.path);
  const name = key.path.at(-1) ?? '';
  const source = parent?.[name];
  if (parent !== undefined && typeof source === 'string') parent[name] = fromText(key, source);
  if (parent === undefined) return;
  if (isSource(source)) {
    delete parent[name];
    const text = await readSource(tree, key.path, source, context);
    if (text !== undefined) parent[name] = fromText(key, text);
  }
  if (Array.isArray(parent[name])) await readMembers(tree, key.path, parent[name], context);
}

/** Replaces every `valueFrom` inside a list by its value. */
async function readMembers(
  tree: SettingsTree,
  path: readonly PropertyKey[],
  holder: unknown[] | Mapping,
  context: ReadContext,
): Promise<void> {
  for (const [name, member] of Object.entries(holder)) {
    const at = [...path, Array.isArray(holder) ? Number(name) : name];
    if (isSource(member)) {
      const text = await readSource(tree, at, member, context);
      if (text === undefined) Reflect.deleteProperty(holder, name);
      else Reflect.set(holder, name, text);
    } else if (Array.isArray(member) || isMapping(member)) await readMembers(tree, at, member, context);
  }
}

/** The text of a `valueFrom`; undefined, with a problem, if it has none. */
async function readSource(
  tree: SettingsTree,
  path: readonly PropertyKey[],
  source: Mapping,
  context: ReadContext,
): Promise<string | undefined> {
  const checked = check(valueFromSchema, source);
  if (!checked.ok) {
    for (const { path: inner, message, onKey } of checked.issues)
      report(tree, [...path, ...inner], message, onKey ? 'name' : 'value');
    if (checked.unlisted > 0) report(tree, path, andMore(checked.unlisted));
    return undefined;
  }
  const value = await readValue(checked.value, context);
  if (value instanceof Secret) return value.reveal();
  tree.unset.set(pathText(path), `${value.origin}: ${value.reason}`);
  return undefined;
}
