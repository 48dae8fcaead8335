import { expect, it } from 'vitest';

import { filterOf, isFiltered } from './filter';

it('an address says which calls', () => {
  const search = new URLSearchParams('campaign=cmp_1&outcome=busy&answered=false&from=2027-03-01T00:00:00%2B01:00');
  expect(filterOf(search)).toEqual({
    campaign: 'cmp_1',
    contact: undefined,
    outcome: 'busy',
    answered: false,
    from: '2027-02-28T23:00:00.000Z',
    to: undefined,
  });
});

it('nonsense in an address filters nothing', () => {
  const filter = filterOf(new URLSearchParams('outcome=splendid&answered=perhaps&from=yesterday'));
  expect(isFiltered(filter)).toBe(false);
});
