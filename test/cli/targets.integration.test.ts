import { afterEach, expect, it } from 'vitest';
import { selectTargets } from '../../src/cli/common.js';
import { file } from '../support/definitions.js';
import { Rig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.stop());

it('an unknown object is refused with a word about an invalid document, if there is one', async () => {
  rig = await Rig.start();
  await rig.write('wiki.yaml', file({ kind: 'App', name: 'wiki', spec: { displayName: 'Wiki' } }));
  const select = (target: string): Promise<void> =>
    selectTargets({ ...rig.core, store: rig.store }, [target]);
  await expect(select('App/wikis')).rejects.toThrow(/^There is no App\/wikis\. Did you mean App\/wiki\?$/);
  await rig.write('forum.yaml', 'kind: App\nkind: App\n');
  await expect(select('App/forum')).rejects.toThrow(
    /^There is no App\/forum\. An invalid document may define it: run 'c1sync validate'\.$/,
  );
  await select('App/wiki');
});
