import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** One step of a composite action or of a job. */
export interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The contexts of expressions. */
export type Contexts = Readonly<Record<string, unknown>>;

/** The statuses that functions of conditions ask for. */
export interface Progress {
  failed: boolean;
}

/** Evaluates one expression with the implementation that GitHub publishes. */
function evaluate(expression: string, contexts: Contexts, { failed }: Progress): data.ExpressionData {
  const functions = [
    ['always', true],
    ['cancelled', false],
    ['failure', failed],
    ['success', !failed],
  ] as const;
  const known = functions.map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), known).parse();
  const context = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(tree, context, new Map(known.map((one) => [one.name, one]))).evaluate();
}

/** A text with its expressions replaced by their values. */
export function interpolate(
  text: string,
  contexts: Contexts,
  progress: Progress = { failed: false },
): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_whole, expression: string) =>
    evaluate(expression.trim(), contexts, progress).coerceString(),
  );
}

/** True where the condition of a step holds; without a function of status, steps before must have succeeded. */
export function holds(condition: string | undefined, contexts: Contexts, progress: Progress): boolean {
  const expression = (condition ?? 'success()').replaceAll(/^\$\{\{|\}\}$/g, '').trim();
  if (progress.failed && !/\b(always|cancelled|failure|success)\(\)/.test(expression)) return false;
  const value = evaluate(expression, contexts, progress);
  return !['', 'false', '0'].includes(value.coerceString());
}
