// Moves the changelog, the manifests and the documentation to the version of package.json. `npm version` runs it before it
// commits and tags: `node scripts/version.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const date = new Date().toISOString().slice(0, 10);

change('CHANGELOG.md', /^## \[Unreleased\]$/m, `## [Unreleased]\n\n## [${version}] - ${date}`);
change('config/kubernetes/base/daemon/deployment.yaml', /(?<=image: c1sync:)\S+/, version);
change('docs/deployment.md', /(?<=\?ref=v)\S+/g, version);
change('docs/deployment.md', /(?<=newTag: )[^ }]+/, version);
change('docs/pull-requests.md', /(?<=uses: acme\/c1sync@v)\S+/, version);

function change(file, pattern, replacement) {
  const before = readFileSync(file, 'utf8');
  if (before.search(pattern) < 0) throw new Error(`${file} has nothing that matches ${pattern}`);
  writeFileSync(file, before.replace(pattern, replacement));
}
