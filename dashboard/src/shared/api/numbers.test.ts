import { expect, it } from 'vitest';

import { batches } from './numbers';

it('asks for each number once, by country, and for no more at once than the API takes', () => {
  expect(
    batches([
      { number: '030 1', country: 'DE' },
      { number: '030 1', country: 'DE' },
      { number: '030 1', country: '' },
    ]),
  ).toEqual([
    { country: 'DE', numbers: ['030 1'] },
    { country: '', numbers: ['030 1'] },
  ]);
  const many = Array.from({ length: 1_001 }, (_, at) => ({ number: String(at), country: 'US' }));
  expect(batches(many).map(({ numbers }) => numbers.length)).toEqual([1_000, 1]);
});
