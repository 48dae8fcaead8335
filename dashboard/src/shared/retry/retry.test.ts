// @vitest-environment jsdom
// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { de } from '../i18n/de';
import { en } from '../i18n/en';
import { textsOf } from '../i18n';
import { isoOf, parseIso, waitOf } from './duration';
import { callsAtMost, faultOf, policyOf, retryFormOf, ruleWords } from './retry';

const policy = {
  attempts_max: 3,
  rules: {
    busy: { times: 3, after: 'PT10M', jitter_percent: 20, other_hour: false },
    no_answer: { times: 1, after: 'P1DT12H', jitter_percent: 0, other_hour: true },
  },
};

describe('durations', () => {
  it('are said in the largest unit without a fraction', () => {
    expect(waitOf(600)).toEqual({ amount: 10, unit: 'minutes' });
    expect(waitOf(129_600)).toEqual({ amount: 36, unit: 'hours' });
    expect(waitOf(172_800)).toEqual({ amount: 2, unit: 'days' });
    expect(waitOf(90)).toEqual({ amount: 90, unit: 'seconds' });
  });

  it('are read and written in ISO 8601', () => {
    for (const [text, seconds] of [['PT2H', 7_200], ['P1DT1S', 86_401], ['PT72H', 259_200], ['P2W', 1_209_600]] as const) {
      expect(parseIso(text)).toBe(seconds);
    }
    for (const text of ['', 'P', 'PT', 'P1M', '2 hours']) {
      expect(parseIso(text)).toBeNull();
    }
    expect(isoOf({ amount: 1.5, unit: 'hours' })).toBe('PT90M');
    expect(isoOf({ amount: 2, unit: 'days' })).toBe('PT48H');
  });
});

describe('a retry policy', () => {
  it('comes back from the form as it went in', () => {
    expect(policyOf(retryFormOf(policy))).toEqual({
      attempts_max: 3,
      rules: { ...policy.rules, no_answer: { ...policy.rules.no_answer, after: 'PT36H' } },
    });
  });

  it('is said in plain words, in both languages', () => {
    const { busy, no_answer: noAnswer, machine } = retryFormOf(policy).rules;
    const english = textsOf('en', en);
    const german = textsOf('de', de);
    expect(ruleWords(busy, english)).toBe('up to 3 more, 10 minutes apart, spread by up to 20%');
    expect(ruleWords(noAnswer, english)).toBe('once more, 36 hours later, at another hour of the day if possible');
    expect(ruleWords(machine, english)).toBe('not tried again');
    expect(ruleWords(busy, german)).toBe('bis zu 3 weitere Anrufe, Abstand 10 Minuten, gestreut um bis zu 20\u00a0%');
  });

  it('is held to what the API takes', () => {
    const rule = retryFormOf(policy).rules.busy;
    expect(faultOf(rule)).toBeNull();
    expect(faultOf({ ...rule, times: '0' })).toBe('times');
    expect(faultOf({ ...rule, amount: '' })).toBe('amount');
    expect(faultOf({ ...rule, amount: '91', unit: 'days' })).toBe('amount');
    expect(faultOf({ ...rule, jitter: '101' })).toBe('jitter');
    expect(faultOf({ ...rule, times: '0', on: false })).toBeNull();
  });

  it('calls nobody more often than it says', () => {
    const form = retryFormOf(policy);
    expect(callsAtMost(form, 'busy')).toBe(3);
    expect(callsAtMost(form, 'no_answer')).toBe(2);
    expect(callsAtMost(form, 'machine')).toBe(1);
  });
});
