import { expect, it } from 'vitest';

import { entriesOf } from './list';

const texts = (list: string) => entriesOf(list).map(({ line, text }) => `${line} ${text}`);

it('takes one address a line', () => {
  expect(texts('030 23125 123\n\n ada@example.com \r\n+44 20 7946 0999')).toEqual(['1 030 23125 123', '3 ada@example.com', '4 +44 20 7946 0999']);
});

it('finds the column of a table that holds addresses, and its header', () => {
  expect(texts('Name;Telefon;Seit\nAda;030 23125 123;2026\nBob;030 23125 124;2026')).toEqual(['2 030 23125 123', '3 030 23125 124']);
  expect(texts('\ufeffemail,name\nada@example.com,Ada\n')).toEqual(['2 ada@example.com']);
});

it('keeps what is no address, for the API to say what is wrong with it', () => {
  expect(texts('030 23125 123\nask at reception')).toEqual(['1 030 23125 123', '2 ask at reception']);
  expect(texts('')).toEqual([]);
});
