import { expect, it } from 'vitest';

import { nameOf } from './name';

it('is the person, or else the company, or else the number', () => {
  const phone = '+493023125123';
  expect(nameOf({ phone, first_name: 'Ada', last_name: ' Lovelace' })).toBe('Ada Lovelace');
  expect(nameOf({ phone, first_name: '\u200b\u3164', last_name: '\u00a0', company: 'Acme' })).toBe('Acme');
  expect(nameOf({ phone, company: '\ufeff ' })).toBe(phone);
});
