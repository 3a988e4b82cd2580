// Prepares what a tag publishes: `node scripts/release.mjs TAG`, in a workflow. The tag is the version of package.json with a
// "v" before it, and the changelog has a part about it. Fills repository, homepage and bugs of package.json from the
// repository that the workflow runs in, and writes that part of the changelog to build/release-notes.md.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [, , tag = ''] = process.argv;
const { GITHUB_OUTPUT, GITHUB_REPOSITORY, GITHUB_SERVER_URL } = process.env;

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const [version = ''] = /(?<=^v)\d+\.\d+\.\d+(-[\w.]+)?$/.exec(tag) ?? [];
if (version !== manifest.version) {
  fail(`the tag ${tag} is not v${manifest.version}: tag with \`npm version\`, which changes both`);
}
const notes = partOf(readFileSync('CHANGELOG.md', 'utf8'), version);
if (notes === '') fail(`CHANGELOG.md has no part about ${version}: tag with \`npm version\`, which makes it`);

const url = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
const facts = {
  repository: { type: 'git', url: `git+${url}.git` },
  homepage: `${url}#readme`,
  bugs: { url: `${url}/issues` },
};
writeFileSync('package.json', `${JSON.stringify({ ...manifest, ...facts }, null, 2)}\n`);
mkdirSync('build', { recursive: true });
writeFileSync('build/release-notes.md', `${notes}\n`);
if (GITHUB_OUTPUT) appendFileSync(GITHUB_OUTPUT, `channel=${version.includes('-') ? 'next' : 'latest'}\n`);

/** The text between the heading of a version and the next one. */
function partOf(changelog, wanted) {
  const parts = changelog.split(/^## /m);
  const part = parts.find((text) => text.startsWith(`[${wanted}] - `)) ?? '';
  return part.slice(part.indexOf('\n')).trim();
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
