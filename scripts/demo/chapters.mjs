import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The chapters of the tour, in order. Each acts, waits for the reaction of the daemon, and prints both. */
export const chapters = [
  { title: 'A company gets in sync', play: converge },
  { title: 'A script changes an app', play: drift },
  { title: 'A person approves a change', play: approval },
  { title: 'A file breaks', play: brokenFile },
  { title: 'A person takes over', play: takeOver },
  { title: 'Most of the files vanish', play: massDelete },
  { title: 'A secret is rotated', play: rotation },
];

const SLACK = 'definitions/business/slack.yaml';

async function converge({ stage, story }) {
  story.say(
    'The files in definitions/ describe apps and connectors. The tenant holds some of them already, made by ' +
      'hand. The plan for GitHub:',
  );
  story.command('c1sync plan App/github', await stage.run('plan', 'App/github'));
  story.say('The daemon applies this change and all others:');
  await stage.startDaemon();
  const loaded = await stage.daemon.line('the definitions are loaded', logs('definitions loaded'));
  stage.keys = new Set();
  await stage.daemon.line('every object is in sync', (line) => {
    if (logs('reconciled')(line) && ['Synced', 'Settling'].includes(line.status)) stage.keys.add(keyOf(line));
    return stage.keys.size === loaded.definitions;
  });
  const sweep = await stage.daemon.line('the first sweep ends', logs('sweep finished', { trigger: 'start' }));
  const { create, adopt } = sweep.summary;
  story.command('c1sync run');
  story.log(sweep, 'trigger', 'summary', 'outcome', 'requests', 'durationMs');
  story.outcome(`${loaded.definitions} objects are in sync: ${create} created, ${adopt} adopted.`);
}

async function drift({ stage, story }) {
  const { id, description } = await stage.app('Slack');
  const change = { app: { description: 'Changed by a script' }, updateMask: 'description' };
  stage.daemon.forget();
  story.say('No file changes. Somebody runs a script with the API key of Alice:');
  story.command(`curl $TENANT/api/v1/apps/$SLACK -H "$ALICE" -d '${JSON.stringify(change)}'`);
  await stage.call('POST', `/api/v1/apps/${id}`, change);
  const { corrected, named } = await correction(stage.daemon, 'the description of App/slack is reverted');
  expect('the description is as before', (await stage.app('Slack')).description === description);
  story.log(corrected, 'kind', 'name', 'action', 'trigger', 'updateMask', 'outcome', 'actor', 'status');
  if (named !== corrected) story.log(named, 'kind', 'name', 'actor');
  story.outcome(`Reverted: one field was sent, and the log names ${named.actor}.`);
}

async function approval({ stage, story }) {
  const { daemon } = stage;
  const name = 'github-cloud';
  const { id, appId } = await stage.connector('GitHub v2');
  daemon.forget();
  story.say(
    'Bob replaces the token of the GitHub connector in the web app, perhaps because the old one leaked:',
  );
  const set = { config: { github_access_token: randomBytes(12).toString('hex') } };
  const edit = { kind: 'Connector', appId, id, set, user: 'bob@acme.example' };
  await stage.call('POST', '/_emulator/web-edit', edit);
  const held = logs('reconciled', { kind: 'Connector', name, status: 'Held' });
  const line = await daemon.line('the write of the token is held', held);
  story.log(line, 'kind', 'name', 'fields', 'outcome', 'status');
  story.say('The plan names the change, its author, its risk and the remedy:');
  const plan = await stage.run('plan', `Connector/${name}`);
  story.command(`c1sync plan Connector/${name}`, plan);
  const [, hash] = /c1sync approve (sha256:\w+)/.exec(plan) ?? [];
  expect('the plan names the hash to approve', hash !== undefined);
  story.say('Alice knows that the old token is good, and approves with her own token of the daemon:');
  daemon.forget();
  story.command(`c1sync approve ${hash}`, await stage.run('approve', hash));
  const written = logs('reconciled', { kind: 'Connector', name, action: 'update', outcome: 'done' });
  const done = await daemon.line('the token is written', written);
  story.log(done, 'kind', 'name', 'action', 'fields', 'outcome', 'approvedBy', 'status');
  expect('the approval has a name', done.approvedBy === 'alice');
  story.outcome(`Held, then written once, and the log names ${done.approvedBy}.`);
}

async function brokenFile({ stage, story }) {
  const { daemon } = stage;
  const edits = [
    [SLACK, 'monthlyCostUsd: 8', 'monthlyCost: 8'],
    ['definitions/engineering/ci.yaml', 'description: Build pipelines', 'description: Builds and tests'],
  ];
  daemon.forget();
  story.say('Two files are edited. The first edit is an error, the second is not:');
  for (const [file, before, after] of edits) {
    story.edit(file, before, after);
    await stage.edit(file, before, after);
  }
  const problem = await daemon.line('the error is logged', logs('definition invalid', { key: 'App/slack' }));
  const update = { kind: 'App', name: 'buildkite', action: 'update', outcome: 'done' };
  const updated = await daemon.line('the other file is applied', logs('reconciled', update));
  story.log(problem, 'file', 'line', 'key', 'path', 'reason');
  story.log(updated, 'kind', 'name', 'action', 'trigger', 'updateMask', 'outcome');
  const [[file, before, after]] = edits;
  daemon.forget();
  await stage.edit(file, after, before);
  await daemon.line('the repaired file is read', logs('definitions loaded', { problems: 0 }));
  expect('the app of the broken file is left alone', (await stage.app('Slack')).monthlyCostUsd === 8);
  story.outcome(
    'The broken file is refused, with its line and the right name. Its last valid version stays in force; an ' +
      'error never deletes anything. The other file is applied. Then the broken file is repaired.',
  );
}

async function takeOver({ stage, story }) {
  const { daemon } = stage;
  const edit = async (monthlyCostUsd) => {
    const { id } = await stage.app('Slack');
    daemon.forget();
    const asked = { kind: 'App', id, set: { monthlyCostUsd }, user: 'bob@acme.example' };
    await stage.call('POST', '/_emulator/web-edit', asked);
  };
  story.say('Bob sets the monthly cost of Slack to 12 in the web app. The file says 8:');
  await edit(12);
  const { corrected, named } = await correction(daemon, 'the edit in the web app is reverted once');
  expect('the cost is as in the file', (await stage.app('Slack')).monthlyCostUsd === 8);
  story.log(corrected, 'kind', 'name', 'action', 'fields', 'outcome', 'actor', 'status');
  if (named !== corrected) story.log(named, 'kind', 'name', 'actor');
  story.say('Bob makes the same edit again:');
  await edit(12);
  const yielded = logs('reconciled', { kind: 'App', name: 'slack', status: 'TakenOver' });
  story.log(await daemon.line('App/slack is yielded', yielded), 'kind', 'name', 'action', 'status', 'reason');
  daemon.forget();
  daemon.kill('SIGHUP');
  await daemon.line('another sweep of everything ends', logs('sweep finished', { trigger: 'signal' }));
  expect('the app is left alone', (await stage.app('Slack')).monthlyCostUsd === 12);
  story.outcome('Reverted once, then left alone: another sweep has finished, and the cost is still 12.');
}

async function massDelete({ stage, story }) {
  const { daemon } = stage;
  const away = ['business', 'security', 'engineering/ci.yaml', 'engineering/datadog.yaml'];
  const keys = [...stage.keys].filter((key) => !['App/github', 'Connector/github-cloud'].includes(key));
  story.say(
    'Deleting is off unless sync.prune is set. Here it is set, and most of the files are moved away:',
  );
  story.command(`mv ${away.map((name) => `definitions/${name}`).join(' ')} elsewhere`);
  daemon.forget();
  await move(stage.folder, away, 'definitions', 'elsewhere');
  const left = await standings(daemon, 'each delete is made or held', keys, ['Gone', 'Held', 'TakenOver']);
  const held = left.filter(({ status }) => status === 'Held');
  const deleted = left.filter(({ status }) => status === 'Gone');
  expect('the limit allows three deletes and holds the others', deleted.length === 3 && held.length > 3);
  story.log(held[0], 'kind', 'name', 'action', 'outcome', 'status', 'reason');
  const blocks = (await stage.run('plan')).split('\n\n');
  const block = blocks.find((text) => text.startsWith(`- ${keyOf(held[0])} `));
  expect('the plan shows what is held', block !== undefined);
  story.command('c1sync plan', `${block}\n...\n${blocks.at(-1)}`);
  story.say(
    `Of ${keys.length} objects without a definition, ${deleted.length} were deleted, as the limit allows in an hour. The others ` +
      'stay: Slack because Bob took it over, the rest until the hour has passed or a person approves ' +
      'it by that hash. The files come back:',
  );
  daemon.forget();
  await move(stage.folder, away, 'elsewhere', 'definitions');
  const back = await standings(daemon, 'every object is back', keys, ['Synced', 'Settling', 'TakenOver']);
  const made = back.filter(({ action }) => action === 'create');
  expect('deleted objects are recreated', made.length === deleted.length);
  story.log(made[0], 'kind', 'name', 'action', 'trigger', 'outcome', 'status');
  story.outcome(`No deletion is pending any more, and the ${made.length} deleted objects are recreated.`);
}

async function rotation({ stage, story }) {
  const { daemon } = stage;
  daemon.forget();
  story.say('The GitHub token is rotated: another value is written to demo-secrets/github-token.');
  const rotated = `not-a-real-github-token-${randomBytes(12).toString('hex')}`;
  await writeFile(path.join(stage.folder, 'demo-secrets/github-token'), `${rotated}\n`);
  const written = { kind: 'Connector', name: 'github-cloud', updateMask: 'config', outcome: 'done' };
  const line = await daemon.line('the rotated secret is written', logs('reconciled', written));
  story.log(line, 'kind', 'name', 'action', 'trigger', 'fields', 'updateMask', 'outcome');
  const secrets = await stage.secrets();
  const traces = [...(await stage.traces()), story.printed];
  expect('the rotated value is among the secrets', secrets.includes(rotated));
  expect('no secret is shown', !traces.some((text) => secrets.some((secret) => text.includes(secret))));
  const size = Math.round(traces.join('').length / 1024);
  story.outcome(
    `Written again. Neither this value nor any other secret is in the ${size} kB of logs, plans and records of this tour.`,
  );
}

/** Matches lines with this message and these fields. */
function logs(message, fields = {}) {
  const wanted = Object.entries({ msg: message, ...fields });
  return (line) => wanted.every(([name, value]) => line[name] === value);
}

/** The line of the correction of App/slack, and the line that names the author of the drift: the same or a later one. */
async function correction(daemon, what) {
  const update = { kind: 'App', name: 'slack', action: 'update', outcome: 'done' };
  const corrected = await daemon.line(what, logs('reconciled', update));
  if (corrected.actor !== undefined) return { corrected, named: corrected };
  const late = logs('attributed', { reconcileId: corrected.reconcileId });
  return { corrected, named: await daemon.line('the author of the drift is logged', late) };
}

/** Waits until the last line of each object has one of the statuses. Returns these lines. */
async function standings(daemon, what, keys, statuses) {
  const last = new Map();
  await daemon.line(what, (line) => {
    if (line.msg === 'reconciled') last.set(keyOf(line), line);
    return keys.every((key) => statuses.includes(last.get(key)?.status));
  });
  return keys.map((key) => last.get(key));
}

const keyOf = ({ kind, name }) => `${kind}/${name}`;

async function move(folder, names, from, to) {
  for (const name of names) {
    const target = path.join(folder, to, name);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(path.join(folder, from, name), target);
  }
}

/** Throws if a condition of the tour does not hold. */
function expect(condition, holds) {
  if (!holds) throw new Error(`a condition does not hold: ${condition}`);
}
