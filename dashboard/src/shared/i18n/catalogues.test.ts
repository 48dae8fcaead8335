import { expect, test } from 'vitest';

import { de } from './de';
import { en, type MessageKey } from './en';

const keys = Object.keys(en) as MessageKey[];
const parameters = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

test('a text names the same parameters in both languages', () => {
  // The singular may say the number in words.
  const apart = keys.filter((key) => !key.endsWith('_one') && parameters(en[key]).join() !== parameters(de[key]).join());
  expect(apart).toEqual([]);
});

test('no text is empty', () => {
  expect(keys.filter((key) => !en[key].trim() || !de[key].trim())).toEqual([]);
});

test('a text that depends on a number has both forms', () => {
  const stems = keys.filter((key) => key.endsWith('_one')).map((key) => key.slice(0, -'_one'.length));
  expect(stems.filter((stem) => !(`${stem}_other` in en))).toEqual([]);
});
