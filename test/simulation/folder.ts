import { catalogOf, type Thing } from './model.js';

/** The folder of definitions and the files of secrets beside it, as all processes of a machine see them. */
export class SimulatedFolder {
  readonly files = new Map<string, string>();
  readonly #listeners = new Set<() => void>();

  /** Calls `hear` after every change; what comes back ends that. */
  watch(hear: () => void): () => void {
    this.#listeners.add(hear);
    return () => void this.#listeners.delete(hear);
  }

  write(file: string, text: string): void {
    this.files.set(file, text);
    this.#changed();
  }

  remove(file: string): void {
    this.files.delete(file);
    this.#changed();
  }

  #changed(): void {
    for (const hear of this.#listeners) hear();
  }
}

/** JSON is YAML too. */
export function documentOf(thing: Thing): string {
  const { kind, name, renamedFrom, app, declared, secret, suspended } = thing;
  const spec: Record<string, unknown> = {};
  for (const [place, value] of declared) {
    const [head = '', entry] = place.split('.', 2);
    if (entry === undefined) spec[head] = value;
    else spec[head] = { ...(spec[head] as object | undefined), [entry]: value };
  }
  if (app !== undefined) Object.assign(spec, { app: app.name, catalogId: catalogOf(thing) });
  if (secret !== undefined) {
    spec.config = { site: 'https://site.example', token: { valueFrom: { file: secret.file } } };
  }
  const annotations = {
    ...(renamedFrom === undefined ? {} : { 'c1sync/renamed-from': renamedFrom }),
    ...(suspended ? { 'c1sync/suspend': 'an incident' } : {}),
  };
  return JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata: { name, annotations }, spec }, null, 1);
}
