import { expect, it } from 'vitest';

import { dispositionsOf } from './dispositions';

const t = (key: string) => key;

it('a queue without any of its own has the standard ones, in the language of the page', () => {
  const standard = dispositionsOf({ dispositions: [] }, { t });
  expect(standard.map(({ code }) => code)).toEqual(['done', 'interested', 'callback', 'wrong_number', 'do_not_call']);
  expect(standard[0]?.label).toBe('disposition.done');
  expect(dispositionsOf(undefined, { t })).toEqual(standard);
});

it('its own are its own, in its own words', () => {
  const own = [{ code: 'sold', label: 'Sold', means: 'interested' as const }];
  expect(dispositionsOf({ dispositions: own }, { t })).toEqual(own);
});
