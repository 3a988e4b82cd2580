import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { type Contexts, holds, interpolate, type Step } from './expressions.js';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

/** The end of an action or a job. */
interface Ran {
  readonly success: boolean;
  /** The output of all steps, as the log has it. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/**
 * Runs the steps of a composite action with bash as a runner does: with its inputs, variables and files for outputs and the
 * summary. `installed`: the outputs of steps that have run before, by their ids, which do not run again.
 */
export async function runAction(options: {
  readonly file: string;
  readonly folder: string;
  readonly workspace: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly github: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly installed?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}): Promise<Ran> {
  const action = load(await readFile(options.file, 'utf8')) as Action;
  const unknown = Object.keys(options.inputs).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`the action has no input ${unknown}`);
  const { github } = options;
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [
      name,
      options.inputs[name] ?? interpolate(input.default ?? '', { github }),
    ]),
  );
  const steps: Record<string, { outputs: Readonly<Record<string, string>> }> = {};
  for (const [id, outputs] of Object.entries(options.installed ?? {})) steps[id] = { outputs };
  const files = await mkdtemp(path.join(options.folder, 'run-'));
  const progress = { failed: false };
  let log = '';
  for (const [index, step] of action.runs.steps.entries()) {
    const contexts = { github, inputs, steps, env: options.env };
    if (step.id !== undefined && step.id in steps) continue;
    if (!holds(step.if, contexts, progress)) continue;
    const output = path.join(files, `output-${index}`);
    const ran = await runStep(step, contexts, {
      folder: files,
      cwd: options.workspace,
      env: {
        ...options.env,
        GITHUB_ACTION_PATH: path.dirname(options.file),
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: path.join(files, 'summary'),
        GITHUB_WORKSPACE: options.workspace,
        RUNNER_TEMP: options.folder,
      },
    });
    log += ran.log;
    progress.failed ||= ran.code !== 0;
    if (step.id !== undefined) steps[step.id] = { outputs: await outputsIn(output) };
  }
  const contexts = { steps, inputs, github };
  return {
    success: !progress.failed,
    log,
    outputs: Object.fromEntries(
      Object.entries(action.outputs).map(([name, { value }]) => [name, interpolate(value, contexts)]),
    ),
    summary: await readFile(path.join(files, 'summary'), 'utf8').catch(() => ''),
  };
}

/** Runs the shell part of a step with bash, with the flags that `shell: bash` stands for. */
export async function runStep(
  step: Step,
  contexts: Contexts,
  place: { readonly folder: string; readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly log: string }> {
  await mkdir(place.folder, { recursive: true });
  const script = path.join(place.folder, `step-${(step.name ?? 'unnamed').replaceAll(/\W/g, '-')}.sh`);
  await writeFile(script, step.run ?? '');
  const env = Object.fromEntries(
    Object.entries(step.env ?? {}).map(([name, value]) => [name, interpolate(String(value), contexts)]),
  );
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: place.cwd,
    env: { ...machineEnv(), ...place.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, log };
}

/**
 * The variables of this machine, with the Node.js of this test first, and without those of a runner, of a tenant, and of the npm
 * that runs this test.
 */
export function machineEnv(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(C1SYNC|CONDUCTORONE|GITHUB|INPUT|RUNNER|npm)_/.test(name),
  );
  const PATH = `${path.dirname(process.execPath)}:${process.env.PATH}`;
  return { ...Object.fromEntries(own), PATH };
}

/** The outputs that a step wrote, one `name=value` a line. */
export async function outputsIn(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return Object.fromEntries(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
