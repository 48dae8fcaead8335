import { describe, expect, it } from 'vitest';

import { EMPTY, patchOf, rebase, toNew, type Values } from './form';

const ada: Values = { ...EMPTY, first_name: 'Ada', email: 'ada@example.com', timezone: 'Europe/Berlin', tags: ['b', 'a'], custom: [{ name: 'plan', value: 'basic' }] };

describe('an edit', () => {
  it('names what was changed and nothing else', () => {
    expect(patchOf(ada, { ...ada })).toEqual({});
    expect(patchOf(ada, { ...ada, tags: ['a', 'b'], first_name: 'Ada ' })).toEqual({});
    expect(patchOf(ada, { ...ada, email: '', last_name: 'Lovelace', tags: ['a'] })).toEqual({ email: null, last_name: 'Lovelace', tags: ['a'] });
  });

  it('removes a field of the customer’s own by null, and leaves the others alone', () => {
    const custom = [{ name: 'city', value: 'Bonn' }, { name: ' ', value: 'nameless' }];
    expect(patchOf(ada, { ...ada, custom })).toEqual({ custom: { plan: null, city: 'Bonn' } });
  });

  it('never takes a time zone away: there must be one', () => {
    expect(patchOf(ada, { ...ada, timezone: '' })).toEqual({});
    expect(patchOf(ada, { ...ada, timezone: 'Europe/Paris' })).toEqual({ timezone: 'Europe/Paris' });
  });
});

describe('an edit that somebody else was faster than', () => {
  it('keeps what was typed and takes over what was not', () => {
    const mine = { ...ada, last_name: 'Lovelace', tags: ['a', 'b', 'mine'] };
    const theirs = { ...ada, company: 'Analytical Engines', tags: ['a', 'b', 'theirs'] };
    const { values, foreign } = rebase(ada, mine, theirs);
    expect(values).toMatchObject({ last_name: 'Lovelace', company: 'Analytical Engines', tags: ['a', 'b', 'mine'] });
    expect(foreign).toEqual([
      { field: 'company', theirs: 'Analytical Engines', clash: false },
      { field: 'tags', theirs: 'a, b, theirs', clash: true },
    ]);
    // Saving now changes what was typed, on top of theirs.
    expect(patchOf(theirs, values)).toEqual({ last_name: 'Lovelace', tags: ['a', 'b', 'mine'] });
  });

  it('is no clash when both did the same', () => {
    const both = { ...ada, first_name: 'Augusta Ada' };
    expect(rebase(ada, both, both).foreign).toEqual([{ field: 'first_name', theirs: 'Augusta Ada', clash: false }]);
  });
});

it('a new contact has null where nothing was typed', () => {
  expect(toNew('030 23125123', 'DE', { ...EMPTY, first_name: ' Ada ' }, [])).toMatchObject({
    phone: '030 23125123',
    country: 'DE',
    first_name: 'Ada',
    last_name: null,
    tags: [],
    custom: {},
  });
});
