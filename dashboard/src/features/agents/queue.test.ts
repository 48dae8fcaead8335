import { describe, expect, it } from 'vitest';

import type { QueuePlan } from './api';
import { newQueue, queueFaults, queueFormOf, queuePlanOf } from './queue';

const full: QueuePlan = {
  name: 'Sales',
  wrap_up_seconds: 45,
  max_wait_seconds: 90,
  priority: 2,
  service_level: { percent: 90, seconds: 15 },
  skills: { german: 4 },
  groups: ['Berlin'],
  closed_notice: 'We are closed.',
  hours: { mon: [['08:00', '12:00'], ['13:00', '17:30']] },
  timezone: 'Europe/Berlin',
  numbers: ['+4930901820'],
  recording_notice: 'This call is recorded.',
  hold: { say: 'One moment.', play: 'https://example.com/hold.mp3' },
  dispositions: [{ code: 'sold', label: 'Sold', means: 'interested' }],
};

describe('the form of a queue', () => {
  it('gives back the queue that it was made of: nothing is lost by an edit', () => {
    expect(queuePlanOf(queueFormOf(full))).toEqual(full);
    expect(queueFaults(queueFormOf(full))).toEqual([]);
  });

  it('is always open where it says nothing of hours, and keeps what was painted', () => {
    const form = { ...queueFormOf(full), hasHours: false };
    expect(queuePlanOf(form).hours).toBeNull();
    expect(queuePlanOf({ ...form, hasHours: true }).hours).toEqual(full.hours);
  });

  it('finds what the API would refuse, by the same names', () => {
    const form = queueFormOf(newQueue('UTC'));
    const sold = { code: 'sold', label: 'Sold', means: 'done' } as const;
    const broken = { ...form, wrapUp: '1801', percent: '0', play: 'http://example.com/a.mp3', dispositions: [sold, sold] };
    expect(queueFaults(broken).map(({ field }) => field)).toEqual(['name', 'wrap_up_seconds', 'service_level.percent', 'hold.play', 'dispositions']);
  });
});
