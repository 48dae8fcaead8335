import { expect, it } from 'vitest';

import { fieldSpecs, INITIAL } from './choices';

it('says of a field only what was chosen', () => {
  const choices = {
    ...INITIAL,
    fields: ['phone', 'email', 'custom:plan', 'custom:ends', 'ignore'],
    types: { 'custom:ends': 'date', email: 'number' } as const,
    required: ['email', 'phone'],
  };
  expect(fieldSpecs(choices)).toEqual([
    { name: 'email', kind: 'text', required: true },
    { name: 'ends', kind: 'date', required: false },
  ]);
});
