import type { Enrollment, EnrollmentDetail, Outcome } from '../api/types';

/** What has become of a call that was asked for. */
export type Stand =
  /** The planner has not come to it yet. */
  | { is: 'next' }
  | { is: 'dialing' | 'in_call'; attempt: number }
  | { is: 'over'; attempt: number; outcome: Outcome | null }
  /** Not now: the rules or the hours, in the API's sentences. */
  | { is: 'put_off'; until: string; because: readonly string[] }
  /** Not at all. */
  | { is: 'refused'; reason: NonNullable<Enrollment['reason']>; because: readonly string[] };

/**
 * From the enrollment as it was when the call was asked for, and as it is now. A verdict is about this call only once the
 * enrollment has moved: before that it is that of an earlier one.
 */
export function standOf(asked: Enrollment, { enrollment, attempts, last_verdict }: EnrollmentDetail): Stand {
  const mine = attempts.find(({ number }) => number > asked.attempts);
  if (mine) {
    switch (mine.state) {
      case 'dialing':
      case 'in_call':
        return { is: mine.state, attempt: mine.number };
      default:
        return { is: 'over', attempt: mine.number, outcome: mine.outcome ?? null };
    }
  }
  if (enrollment.state === 'ended' && enrollment.reason) {
    return { is: 'refused', reason: enrollment.reason, because: last_verdict };
  }
  const isMoved = Boolean(enrollment.due_at && asked.due_at) && Date.parse(enrollment.due_at ?? '') > Date.parse(asked.due_at ?? '');
  return isMoved ? { is: 'put_off', until: enrollment.due_at ?? '', because: last_verdict } : { is: 'next' };
}

/** Whether nothing more will come of it by itself, soon. */
export const isSettled = ({ is }: Stand): boolean => is === 'over' || is === 'put_off' || is === 'refused';
