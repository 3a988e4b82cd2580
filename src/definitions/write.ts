import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarStyleRule } from 'js-yaml';
import { API_VERSION } from '../core/model/definition.js';
import { safeYaml } from '../text/safe.js';

/** A definition to be written. */
export interface Rendered {
  readonly kind: string;
  readonly name: string;
  readonly id?: string | undefined;
  /** The spec as a user would write it, a secret as `{ valueFrom: ... }`. Undefined members are omitted. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** Comment above the definition; may have several lines. */
  readonly comment?: string;
}

/**
 * One YAML document that loads to the same values. Keys come in the order of `spec`, long lines are not folded, and
 * texts that another YAML parser could read as another type are quoted, and characters that control a terminal or the
 * direction of text are escaped. Ends with a newline, without `---`.
 */
export function renderDefinition({ kind, name, id, spec, comment }: Rendered): string {
  const document = {
    apiVersion: API_VERSION,
    kind,
    metadata: { name, ...(id === undefined ? {} : { id }) },
    spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)),
  };
  const scalarStyleRules = [...Object.values(DEFAULT_SCALAR_STYLE_RULES), quoteUnsafe];
  const yaml = dump(document, { lineWidth: -1, noRefs: true, quoteStyle: 'double', scalarStyleRules });
  return (comment === undefined ? '' : remark(comment)) + safeYaml(yaml);
}

/** Only double quotes allow escapes. */
const quoteUnsafe: ScalarStyleRule = (layout) => {
  const { value } = layout.node;
  if (safeYaml(value) !== value) layout.style = SCALAR_STYLE.DOUBLE_QUOTED;
};

/** Every line behind a `#`, without the control characters that YAML allows nowhere. */
function remark(comment: string): string {
  const lines = comment.replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, ' ').split('\n');
  return lines.map((line) => `${`# ${line}`.trimEnd()}\n`).join('');
}
