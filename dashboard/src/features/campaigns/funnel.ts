import { OUTCOMES } from '../../shared/ui/outcomes';
import type { Outcome, Progress } from '../../shared/api/types';

export const STAGES = ['placed', 'connected', 'answered', 'heard', 'interested'] as const;
export type Stage = (typeof STAGES)[number];

const PEOPLE: readonly Outcome[] = ['interested', 'opted_out', 'talked', 'abandoned', 'completed', 'hung_up', 'wrong_number'];
const MACHINES: readonly Outcome[] = ['voicemail_left', 'machine', 'screened', 'unknown', 'fax'];
const HEARD: readonly Outcome[] = ['interested', 'opted_out', 'talked', 'completed'];

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
