import { expect, it } from 'vitest';

import type { Attempt, Enrollment, EnrollmentDetail } from '../api/types';
import { isSettled, standOf } from './stand';

const asked: Enrollment = { contact: 'con_1', to: '+4930901820', state: 'waiting', priority: 0, attempts: 1, due_at: '2026-11-21T10:00:00Z' };

const attempt = (number: number, state: string, outcome?: Attempt['outcome']): Attempt => ({
  number,
  state,
  outcome,
  campaign: 'cmp_1',
  from: '+4930901821',
  created_at: '2026-11-21T10:00:01Z',
  allowed_because: [],
  rules: [],
});

const now = (enrollment: Partial<Enrollment>, attempts: Attempt[] = [attempt(1, 'ended', 'no_answer')], last_verdict = ['Not now: an old reason.']): EnrollmentDetail => ({
  enrollment: { ...asked, ...enrollment },
  attempts,
  last_verdict,
});

it('is next until the planner has come by, whatever was decided about an earlier call', () => {
  expect(standOf(asked, now({}))).toEqual({ is: 'next' });
});

it('follows the call that was asked for, and not the one before', () => {
  const before = attempt(1, 'ended', 'no_answer');
  expect(standOf(asked, now({}, [before, attempt(2, 'dialing')]))).toEqual({ is: 'dialing', attempt: 2 });
  expect(standOf(asked, now({}, [before, attempt(2, 'in_call')]))).toEqual({ is: 'in_call', attempt: 2 });
  const over = standOf(asked, now({ state: 'ended', reason: 'reached' }, [before, attempt(2, 'ended', 'talked')]));
  expect(over).toEqual({ is: 'over', attempt: 2, outcome: 'talked' });
  expect(isSettled(over)).toBe(true);
});

it('says why not now, and why not at all', () => {
  const because = ['Not now: it is outside the campaign\'s own window. Next possible at 2026-11-23 08:00:00 UTC.'];
  expect(standOf(asked, now({ due_at: '2026-11-23T08:00:00Z' }, [], because))).toEqual({ is: 'put_off', until: '2026-11-23T08:00:00Z', because });
  expect(standOf(asked, now({ state: 'ended', reason: 'suppressed', due_at: null }, [], because))).toEqual({ is: 'refused', reason: 'suppressed', because });
});
