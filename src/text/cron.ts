import { createRequire } from 'node:module';
import type { CronExpression, CronExpressionOptions } from 'cron-parser';

const require = createRequire(import.meta.url);

/**
 * Reads a cron expression. The parser and its calendar are large, and many tenants have neither a schedule nor a freeze
 * window: they are loaded with the first expression.
 * @throws Error for a text that is none
 */
export function parseCron(text: string, options: CronExpressionOptions = {}): CronExpression {
  const { CronExpressionParser }: typeof import('cron-parser') = require('cron-parser');
  return CronExpressionParser.parse(text, options);
}
