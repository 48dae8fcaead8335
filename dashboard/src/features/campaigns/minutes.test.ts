import { expect, it } from 'vitest';

import { buckets } from './minutes';

const answer = {
  as_of: '2027-03-01T10:30:20Z',
  minutes: [
    { at: '2027-03-01T04:00:00Z', calls: 9, answered: 9 },
    { at: '2027-03-01T10:27:00Z', calls: 4, answered: 1 },
    { at: '2027-03-01T10:29:00Z', calls: 2, answered: 1 },
    { at: '2027-03-01T10:30:00Z', calls: 1, answered: 0 },
  ],
};

it('every minute is there, those without calls as well', () => {
  const hour = buckets(answer, 1);
  expect(hour).toHaveLength(60);
  expect(hour.at(-1)).toEqual({ at: new Date('2027-03-01T10:30:00Z'), calls: 1, answered: 0 });
  expect(hour.at(-3)?.calls).toBe(0);
  expect(hour.reduce((sum, { calls }) => sum + calls, 0)).toBe(7);
});

it('over a longer time minutes are taken together', () => {
  const six = buckets(answer, 6);
  expect(six).toHaveLength(72);
  expect(six.at(-2)).toEqual({ at: new Date('2027-03-01T10:25:00Z'), calls: 6, answered: 2 });
  expect(buckets(answer, 24).reduce((sum, { calls }) => sum + calls, 0)).toBe(16);
});
