import { expect, it } from 'vitest';

import { hoursOf } from './hours';

const day = (by_hour: { from: string; calls: number; answered: number }[], as_of: string) =>
  hoursOf({ today_from: '2027-03-01T05:00:00Z', by_hour, as_of }).map(({ from, calls, answered }) => [from.toISOString().slice(11, 16), calls, answered]);

it('goes from the first call to now and leaves no hour out', () => {
  const hours = [
    { from: '2027-03-01T08:00:00Z', calls: 7, answered: 3 },
    { from: '2027-03-01T13:00:00Z', calls: 2, answered: 0 },
  ];
  expect(day(hours, '2027-03-01T14:20:00Z')).toEqual([
    ['08:00', 7, 3],
    ['09:00', 0, 0],
    ['10:00', 0, 0],
    ['11:00', 0, 0],
    ['12:00', 0, 0],
    ['13:00', 2, 0],
    ['14:00', 0, 0],
  ]);
});

it('an early call stands beside the hours before it, but none of yesterday', () => {
  expect(day([{ from: '2027-03-01T07:00:00Z', calls: 1, answered: 1 }], '2027-03-01T07:10:00Z')).toEqual([
    ['05:00', 0, 0],
    ['06:00', 0, 0],
    ['07:00', 1, 1],
  ]);
});

it('a day without calls has no chart', () => {
  expect(day([], '2027-03-01T14:20:00Z')).toEqual([]);
});
