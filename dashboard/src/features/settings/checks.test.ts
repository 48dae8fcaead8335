import { expect, it } from 'vitest';

import { checksOf, type Finding } from './checks';

const finding = (code: string, severity: 'error' | 'warning', number?: string): Finding => ({ code, severity, number: number ?? null, detail: code });
const result = (findings: Finding[], numbers: string[] = []) => ({
  works: false,
  account: null,
  findings,
  numbers: numbers.map((number) => ({ number, owned: true, voice: true, takes_calls: false })),
  webhook: 'https://voice.example.com/twilio/inbound/acme',
  tested_at: '2026-11-21T12:00:00Z',
});
const signs = (...given: Parameters<typeof result>) => checksOf(result(...given)).map(({ what, number, sign }) => `${number ?? what} ${sign}`);

it('every step is fine where nothing was found', () => {
  expect(signs([], ['+4930901820'])).toEqual(['reached success', 'credentials success', 'account success', '+4930901820 success']);
});

it('what comes after a step that failed has not been looked at', () => {
  expect(signs([finding('bad_credentials', 'error')])).toEqual(['reached success', 'credentials error', 'account stopped']);
  expect(signs([finding('unreachable', 'error')])).toEqual(['reached error', 'credentials stopped', 'account stopped']);
});

it('a warning stops nothing, and a number has its own findings', () => {
  const found = [finding('trial_account', 'warning'), finding('number_not_owned', 'error', '+4930901821')];
  expect(signs(found, ['+4930901820', '+4930901821'])).toEqual(['reached success', 'credentials success', 'account warning', '+4930901820 success', '+4930901821 error']);
});

it('says what it does not know as well', () => {
  expect(checksOf(result([finding('number_of_the_beast', 'warning')])).flatMap(({ findings }) => findings)).toHaveLength(1);
});
