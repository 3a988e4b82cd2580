import { type Reason, reasonIn, type Words } from '../../../core/model/remedy.js';
import { sentence } from './html.js';

/** The names of the buttons that reasons refer to. */
export const BUTTONS = {
  approve: 'Approve',
  resume: 'Resume',
  reclaim: 'Manage it again',
  recreate: 'Recreate it',
  release: 'Release it',
  forget: 'Forget the record of',
  reconcile: 'Reconcile now',
} as const;

/** The place of a reader: the page of the object with this key, `held`, or any other page. */
export type Place = { readonly key: string } | 'held' | 'elsewhere';

/** A reason as a sentence, with the buttons that end it: of this page, or of the page that has them. */
export function reasonSentence(reason: Reason, place: Place): string {
  const isReviewed = reason.remedies?.some(({ type }) => type === 'review') === true;
  return sentence(reasonIn(reason, wordsIn(place, isReviewed)));
}

/** `isReviewed`: the reason has named the page Held before. */
function wordsIn(place: Place, isReviewed: boolean): Words {
  const here = typeof place === 'string' ? undefined : place.key;
  const onPage = (key: string): string => (key === here ? '' : ` on the page of ${key}`);
  const onHeld = place === 'held' ? '' : ' on the page Held';
  const toApprove = isReviewed && onHeld !== '' ? ' there' : onHeld;
  return (remedy) => {
    switch (remedy.type) {
      case 'approve':
        return `press ${BUTTONS.approve}${here === undefined ? toApprove : ''}`;
      case 'review':
        return place === 'held' ? 'review them below' : 'review them on the page Held';
      case 'compare':
        return `see the difference${remedy.key === here ? ' below' : onPage(remedy.key)}`;
      case 'resume':
        return `press ${BUTTONS.resume}${remedy.target === here ? '' : onHeld}`;
      case 'forget':
        return `press ${BUTTONS.forget} ${remedy.key}${here === undefined ? ' on the page of this object' : ''}`;
      default:
        return `press ${BUTTONS[remedy.type]}${onPage(remedy.key)}`;
    }
  };
}
