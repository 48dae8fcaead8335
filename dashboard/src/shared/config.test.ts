import { expect, test } from 'vitest';

import { parseConfig } from './config';

const given = { apiUrl: 'https://api.example/', userPoolId: 'eu-central-1_x', userPoolClientId: 'y' };

test('a slash at the end of the address is none', () => {
  expect(parseConfig(given).apiUrl).toBe('https://api.example');
  expect(parseConfig({ ...given, apiUrl: '/' }).apiUrl).toBe('');
});

test('a file that lacks something is refused at the start', () => {
  expect(() => parseConfig({ ...given, userPoolId: '' })).toThrow('config.json');
  expect(() => parseConfig(null)).toThrow('config.json');
});

test('what is not known is not taken over', () => {
  expect(parseConfig({ ...given, more: 1 })).not.toHaveProperty('more');
});
