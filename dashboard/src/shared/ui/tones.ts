import type { Outcome } from '../api/types';
import type { Tone } from './BarList';

/** How a campaign feels about an outcome: the colour of its bar. */
export function toneOf(outcome: Outcome): Tone {
  switch (outcome) {
    case 'interested':
    case 'talked':
    case 'completed':
      return 'good';
    case 'hung_up':
    case 'voicemail_left':
      return 'fair';
    case 'machine':
    case 'screened':
    case 'unknown':
    case 'no_answer':
    case 'busy':
    case 'canceled':
    case 'not_placed':
      return 'quiet';
    case 'opted_out':
    case 'abandoned':
    case 'fax':
    case 'failed':
    case 'invalid_number':
    case 'wrong_number':
    case 'not_permitted':
      return 'bad';
  }
}
