import type { EndReason, Outcome } from '../api/types';

/** Every name there is, each once: one that the API gets more does not compile until it has a place here. */
const all =
  <T extends string>() =>
  <const N extends readonly T[]>(...names: N & ([T] extends [N[number]] ? unknown : { missing: Exclude<T, N[number]> })): readonly T[] =>
    names;

/** In the order in which reports show them. */
export const OUTCOMES = all<Outcome>()(
  'interested',
  'opted_out',
  'talked',
  'abandoned',
  'completed',
  'hung_up',
  'voicemail_left',
  'machine',
  'screened',
  'unknown',
  'fax',
  'no_answer',
  'busy',
  'failed',
  'invalid_number',
  'wrong_number',
  'not_permitted',
  'canceled',
  'not_placed',
);

export const END_REASONS = all<EndReason>()(
  'reached',
  'message_left',
  'opted_out',
  'exhausted',
  'unreachable',
  'suppressed',
  'not_allowed',
  'no_window',
  'stopped',
  'withdrawn',
  'erased',
);
