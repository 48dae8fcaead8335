import { describe, expect, it } from 'vitest';

import type { Progress } from '../../shared/api/types';
import { funnel } from './funnel';
import { until, wakeReason } from './wake';

const NOW = Date.parse('2027-03-01T10:00:00Z');
const progress: Progress = {
  campaign: 'cmp_1', state: 'running', enrolled: 10, waiting: 5, ended: 5, percent_ended: 50, ended_by_reason: {}, attempts: 7,
  answer_rate: 40, outcomes: {}, calls_in_progress: 0, dialing: 0, in_call: 0, talk_seconds: 0, recordings: 0, planned_today: 7,
  daily_limit: null, next_wake_at: '2027-03-01T16:00:00Z', imports_open: [], as_of: '2027-03-01T10:00:00Z',
};

describe('the next wake-up', () => {
  it('has a reason', () => {
    expect(wakeReason({ ...progress, next_wake_at: null }, NOW)).toBeNull();
    expect(wakeReason({ ...progress, state: 'scheduled' }, NOW)).toBe('start');
    expect(wakeReason({ ...progress, state: 'stopping' }, NOW)).toBe('stopping');
    expect(wakeReason({ ...progress, next_wake_at: '2027-03-01T10:01:00Z' }, NOW)).toBe('soon');
    expect(wakeReason({ ...progress, daily_limit: 7 }, NOW)).toBe('dailyLimit');
    expect(wakeReason({ ...progress, waiting: 0, imports_open: ['imp_1'] }, NOW)).toBe('import');
    expect(wakeReason({ ...progress, calls_in_progress: 5 }, NOW)).toBe('calls');
    expect(wakeReason(progress, NOW)).toBe('later');
  });

  it('is so far away', () => {
    expect(until('2027-03-01T10:00:30Z', NOW, 'en-GB')).toBe('in 30 seconds');
    expect(until('2027-03-01T10:04:00Z', NOW, 'de-DE')).toBe('in 4 Minuten');
    expect(until('2027-03-03T10:00:00Z', NOW, 'en-GB')).toBe('in 2 days');
  });
});

describe('the funnel', () => {
  it('narrows from stage to stage', () => {
    const stages = funnel({ interested: 2, opted_out: 1, completed: 3, hung_up: 4, voicemail_left: 5, busy: 6 });
    expect(stages).toEqual({ placed: 21, connected: 15, answered: 10, heard: 6, interested: 2 });
  });
});
