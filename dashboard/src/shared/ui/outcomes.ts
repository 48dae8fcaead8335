import type { EndReason, Outcome } from '../api/types';

/** In the order in which reports show them. */
export const OUTCOMES = [
  'interested',
  'opted_out',
  'completed',
  'hung_up',
  'voicemail_left',
  'machine',
  'fax',
  'no_answer',
  'busy',
  'failed',
  'invalid_number',
  'not_permitted',
  'canceled',
  'not_placed',
] as const satisfies readonly Outcome[];

export const END_REASONS = [
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
] as const satisfies readonly EndReason[];
