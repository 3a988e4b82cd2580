import { dump } from 'js-yaml';
import { API_VERSION } from '../core/definition.js';

/** A definition to be written. */
export interface Rendered {
  readonly kind: string;
  readonly name: string;
  readonly id?: string | undefined;
  /** As a user would write it, a secret as `{ valueFrom: ... }`. Members that are undefined are left out. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Stands above the definition; may have several lines. */
  readonly comment?: string;
}

/**
 * One YAML document that loads to the same values. Keys come in the order of `spec`, long lines are not folded, and
 * what another YAML parser could take for something else than text is quoted. Ends with a newline, without `---`.
 */
export function renderDefinition({ kind, name, id, spec, comment }: Rendered): string {
  const document = {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(id === undefined ? {} : { id }) },
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
  };
  const yaml = dump(document, { lineWidth: -1, noRefs: true, quoteStyle: 'double' });
  return (comment === undefined ? '' : remark(comment)) + yaml;
}

/** Every line behind a `#`, without the control characters that YAML allows nowhere. */
function remark(comment: string): string {
  const lines = comment.replace(/[^\P{C}\n]/gu, ' ').split('\n');
  return lines.map((line) => `${`# ${line}`.trimEnd()}\n`).join('');
}
