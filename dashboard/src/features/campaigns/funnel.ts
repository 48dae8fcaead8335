import { OUTCOMES } from './outcomes';
import type { Outcome, Progress } from '../../shared/api/types';
import type { Tone } from '../../shared/ui/BarList';

export const STAGES = ['placed', 'connected', 'answered', 'heard', 'interested'] as const;
export type Stage = (typeof STAGES)[number];

const PEOPLE: readonly Outcome[] = ['interested', 'opted_out', 'completed', 'hung_up'];
const MACHINES: readonly Outcome[] = ['voicemail_left', 'machine', 'fax'];
const HEARD: readonly Outcome[] = ['interested', 'opted_out', 'completed'];

/** How many ended calls came how far. Each stage is part of the one before. */
export function funnel(outcomes: Progress['outcomes']): Record<Stage, number> {
  const sum = (names: readonly Outcome[]) => names.reduce((total, name) => total + (outcomes[name] ?? 0), 0);
  return {
    placed: sum(OUTCOMES),
    connected: sum(PEOPLE) + sum(MACHINES),
    answered: sum(PEOPLE),
    heard: sum(HEARD),
    interested: sum(['interested']),
  };
}

/** How a campaign feels about an outcome: the colour of its bar. */
export function toneOf(outcome: Outcome): Tone {
  switch (outcome) {
    case 'interested':
    case 'completed':
      return 'good';
    case 'hung_up':
    case 'voicemail_left':
      return 'fair';
    case 'machine':
    case 'no_answer':
    case 'busy':
    case 'canceled':
    case 'not_placed':
      return 'quiet';
    case 'opted_out':
    case 'fax':
    case 'failed':
    case 'invalid_number':
    case 'not_permitted':
      return 'bad';
  }
}
