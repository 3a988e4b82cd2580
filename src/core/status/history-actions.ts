/** Actions by which a history is filtered: changes, holds, failures and commands of people. */
export const HISTORY_ACTIONS = [
  'create',
  'update',
  'revert',
  'adopt',
  'delete',
  'held',
  'failed',
  'reconcile',
  'suspend',
  'resume',
  'approve',
  'accept',
  'forget',
  'move',
] as const;

/** An action of a history. */
export type HistoryAction = (typeof HISTORY_ACTIONS)[number];
