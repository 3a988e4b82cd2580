import type { Commanded } from '../model/events.js';

/** Commands of people, as metrics and the history name them. */
export const COMMANDS = [
  'reconcile',
  'suspend',
  'resume',
  'approve',
  'accept',
  'forget',
  'move',
] as const satisfies readonly Commanded['command'][];

/** Actions by which a history is filtered: changes, holds, failures and commands of people. */
export const HISTORY_ACTIONS = [
  'create',
  'update',
  'revert',
  'adopt',
  'delete',
  'held',
  'failed',
  ...COMMANDS,
] as const;

/** An action of a history. */
export type HistoryAction = (typeof HISTORY_ACTIONS)[number];
