import { describe, expect, it } from 'vitest';
import { parseTargets, selectionOf, UsageError } from '../../src/cli/args.js';
import { everything } from '../../src/core/model/selection.js';

const KINDS = [
  { name: 'App', sample: 'github' },
  { name: 'Connector', sample: 'github-cloud' },
];
const KNOWN = [
  { key: 'App/github', labels: { team: 'platform', tier: '1' } },
  { key: 'App/gitlab', labels: { team: 'platform' } },
  { key: 'Connector/github-cloud', labels: { team: '' } },
  { key: 'App/old', labels: {} },
];

function selected(targets: string[], selectors: string[] = []): string[] {
  const selection = selectionOf(parseTargets(targets, selectors, KINDS), KNOWN);
  return KNOWN.filter(selection).map(({ key }) => key);
}

describe('parseTargets and selectionOf', () => {
  it('select everything, recognisably, when nothing is named', () => {
    expect(selectionOf(parseTargets([], [], KINDS), KNOWN)).toBe(everything);
  });

  it.each([
    [['App/github'], [], ['App/github']],
    [['app/GitHub', 'CONNECTOR/github-cloud'], [], ['App/github', 'Connector/github-cloud']],
    [['App/old', 'Connector/github-cloud', 'App/old'], [], ['Connector/github-cloud', 'App/old']],
    [[], ['team=platform'], ['App/github', 'App/gitlab']],
    [[], ['team=platform,tier=1'], ['App/github']],
    [[], ['team=platform', 'tier=1'], ['App/github']],
    [[], ['team='], ['Connector/github-cloud']],
    [['App/github', 'App/old'], ['team=platform'], ['App/github']],
  ])('select %j %j', (targets, selectors, keys) => {
    expect(selected(targets, selectors)).toEqual(keys);
  });

  it.each([
    [['App/gihub'], [], 'There is no App/gihub. Did you mean App/github?'],
    [['App/something-else-entirely'], [], 'There is no App/something-else-entirely.'],
    [['apps/github'], [], 'There is no kind "apps". Did you mean "App"?'],
    [
      ['App/github'],
      ['Team=platform'],
      'No object has the label Team=platform. Did you mean "team=platform"?',
    ],
    [['Policy/x'], [], 'There is no kind "Policy". Known: App, Connector.'],
    [['github'], [], '"github" names no object: write Kind/name, for example App/github.'],
    [['App/'], [], '"App/" names no object: write Kind/name, for example App/github.'],
    [[], ['team=platfrom'], 'No object has the label team=platfrom. Did you mean "team=platform"?'],
    [[], ['toString=x'], 'No object has the label toString=x. Known: team=, team=platform, tier=1.'],
    [['App/gitlab'], ['tier=1'], 'No selected object has tier=1.'],
    [['App/a/b'], [], '"App/a/b" names no object: write Kind/name, for example App/github.'],
    [[], ['team'], '"team" is no label: write -l key=value, several separated by commas.'],
    [[], ['=x'], '"=x" is no label: write -l key=value, several separated by commas.'],
    [[], ['a=b,'], '"" is no label: write -l key=value, several separated by commas.'],
  ])('refuse %j %j', (targets, selectors, message) => {
    const failure = (() => {
      try {
        return selected(targets, selectors);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({ message, exitCode: 64 });
  });
});
