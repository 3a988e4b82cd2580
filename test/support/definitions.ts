/** The content of a definition. */
export interface Doc {
  readonly kind: string;
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A definitions file with these documents. JSON is YAML too. */
export function file(...docs: readonly Doc[]): string {
  return docs
    .map(({ kind, spec, ...metadata }) =>
      JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata, spec }, undefined, 1),
    )
    .join('\n---\n');
}
