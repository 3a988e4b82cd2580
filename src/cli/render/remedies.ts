import { commandFor, type Reason, reasonIn, type Words } from '../../core/model/remedy.js';

/** A plan shows what there is to review, and may run without a daemon. */
const words: Words = (remedy) => {
  if (remedy.type === 'review') return 'review them here';
  if (remedy.type === 'approve' && remedy.mayForce === true)
    return `${commandFor(remedy)} (without a daemon, 'c1sync apply --force')`;
  return undefined;
};

/** A reason for readers of a plan or of its results. */
export function planReason(reason: Reason): string {
  return reasonIn(reason, words);
}
