// Keeps one comment of a pull request up to date: `node comment.mjs FILE`, with the plan in the file, where there is one, and
// NAME, TOKEN and PULL_REQUEST beside the variables of a runner. A token that may not write, as in a pull request from a fork,
// is a warning.
import { existsSync, readFileSync } from 'node:fs';

const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SERVER_URL } = process.env;
const { NAME = '', PULL_REQUEST = '', TOKEN = '' } = process.env;
const PAGE = 100;

const marker = `<!-- c1sync plan ${encodeURIComponent(NAME).replaceAll('-', '%2D')} -->`;
const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
const comments = `/repos/${GITHUB_REPOSITORY}/issues/${PULL_REQUEST}/comments`;

class ApiError extends Error {
  constructor(method, path, status) {
    super(`${method} ${path} answered ${status}`);
    this.status = status;
  }
}

async function api(method, path, body) {
  const response = await fetch(GITHUB_API_URL + path, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${TOKEN}`,
      'x-github-api-version': '2022-11-28',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new ApiError(method, path, response.status);
  return response.json();
}

/** The text of the comment. A plan in Markdown is never longer than a comment may be. */
function text(file) {
  const plan = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const failure = `### ${NAME}\n\nThe definitions could not be planned: see [the log](${run}).`;
  return `${marker}\n${plan === '' ? failure : plan}`;
}

/** Whether the token wrote a comment: its user did, or, since the tokens of runs and apps have none, a bot. */
async function ownership() {
  try {
    const { login } = await api('GET', '/user');
    return ({ user }) => user?.login === login;
  } catch (error) {
    if (error.status === 403) return ({ user }) => user?.type === 'Bot';
    throw error;
  }
}

/** The comment of an earlier run. A comment of somebody else stays, even with the marker: its author can change it. */
async function earlier(isOwn) {
  for (let page = 1; ; page += 1) {
    const found = await api('GET', `${comments}?per_page=${PAGE}&page=${page}`);
    const own = found.find((comment) => comment.body?.startsWith(marker) && isOwn(comment));
    if (own !== undefined || found.length < PAGE) return own;
  }
}

try {
  const body = text(process.argv[2] ?? '');
  const own = await earlier(await ownership());
  if (own === undefined) await api('POST', comments, { body });
  else if (own.body !== body)
    await api('PATCH', `/repos/${GITHUB_REPOSITORY}/issues/comments/${own.id}`, { body });
} catch (error) {
  if (!(error instanceof ApiError) || ![401, 403, 404].includes(error.status)) throw error;
  const warning = `The comment was not written: ${error.message}. The plan is in the summary.`;
  process.stdout.write(`::warning title=c1sync::${warning}\n`);
}
