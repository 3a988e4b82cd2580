import type { Outcome, TenantRequest } from '../../../src/emulator/exchange.js';
import { apps } from './apps.js';
import { directory } from './directory.js';
import { forms } from './forms.js';
import { Notation } from './notation.js';
import { operations } from './operations.js';

interface Shape {
  readonly path: RegExp;
  readonly parameters: number;
  readonly query: readonly string[];
  readonly body: string | undefined;
  readonly answer: string;
}

const messages = { ...apps, ...directory, ...forms, Nothing: '' };
const requests = new Notation(messages, true);
const answers = new Notation(messages, false);

const shapes = Object.entries(operations)
  .map(([call, messages]): Shape => {
    const [place = '', query = ''] = call.split('?');
    const [body, answer = ''] = messages.split('-> ');
    return {
      path: new RegExp(`^${place.replace(/\{\w+\}/g, '[^/]+')}$`),
      parameters: place.split('{').length,
      query: query.split(','),
      body: body?.trim() || undefined,
      answer,
    };
  })
  .sort((a, b) => a.parameters - b.parameters);

/**
 * The deviations of a successful call of the API from the shapes of its operation, each with method, path and member. A
 * refused request and an answer that is no JSON have none.
 */
export function deviationsOf(request: TenantRequest, outcome: Outcome): string[] {
  const url = new URL(request.path, 'http://tenant');
  if (typeof outcome === 'string' || outcome.status !== 200 || !url.pathname.startsWith('/api/')) return [];
  if (outcome.headers['content-type'] !== 'application/json') return [];
  const call = `${request.method} ${url.pathname}`;
  const shape = shapes.find(({ path }) => path.test(call));
  if (shape === undefined) return [`${call}: no such operation`];
  const { query, body, answer } = shape;
  const extra = [...url.searchParams.keys()].filter((name) => !query.includes(name));
  const sent: unknown = request.body.trim() === '' ? {} : JSON.parse(request.body);
  return [
    ...extra.map((name) => `query ${name}: unknown`),
    ...requests.deviations(body ?? 'Nothing', sent, 'request'),
    ...answers.deviations(answer, JSON.parse(outcome.body), 'answer'),
  ].map((deviation) => `${call}: ${deviation}`);
}
