import type { components } from '../api/schema';
import type { Outcome } from '../api/types';
import type { Texts } from '../i18n';
import { isoOf, parseIso, secondsOf, SECONDS, waitOf, type Unit } from './duration';

type RetryPolicy = components['schemas']['RetryPolicy'];

/** Every outcome that may be followed by another try, the usual ones first: interest and opting out are final. */
export const RETRYABLE = [
  'no_answer',
  'busy',
  'machine',
  'voicemail_left',
  'hung_up',
  'failed',
  'completed',
  'canceled',
  'not_placed',
  'not_permitted',
  'fax',
  'invalid_number',
] as const satisfies readonly Outcome[];
export type Retryable = (typeof RETRYABLE)[number];

/** Shown at once; the others when asked for, or when they have a rule. */
export const USUAL: readonly Retryable[] = RETRYABLE.slice(0, 6);

/** A rule as it is being typed: numbers are text until they are saved. */
export interface RuleForm {
  on: boolean;
  times: string;
  amount: string;
  unit: Unit;
  jitter: string;
  otherHour: boolean;
}

export interface RetryForm {
  attemptsMax: string;
  rules: Record<Retryable, RuleForm>;
}

const off: RuleForm = { on: false, times: '1', amount: '2', unit: 'hours', jitter: '10', otherHour: false };

export function retryFormOf(policy: RetryPolicy): RetryForm {
  const ruleOf = (outcome: Retryable): RuleForm => {
    const rule = policy.rules?.[outcome];
    if (!rule) {
      return off;
    }
    const wait = waitOf(parseIso(rule.after) ?? 0);
    return {
      on: rule.times > 0,
      times: String(Math.max(1, rule.times)),
      amount: String(wait.amount),
      unit: wait.unit,
      jitter: String(rule.jitter_percent),
      otherHour: rule.other_hour,
    };
  };
  const rules = Object.fromEntries(RETRYABLE.map((outcome) => [outcome, ruleOf(outcome)])) as RetryForm['rules'];
  return { attemptsMax: String(policy.attempts_max), rules };
}

export const policyOf = ({ attemptsMax, rules }: RetryForm): RetryPolicy => ({
  attempts_max: Number(attemptsMax),
  rules: Object.fromEntries(
    RETRYABLE.filter((outcome) => rules[outcome].on).map((outcome) => {
      const rule = rules[outcome];
      return [
        outcome,
        {
          times: Number(rule.times),
          after: isoOf({ amount: Number(rule.amount), unit: rule.unit }),
          jitter_percent: Number(rule.jitter || 0),
          other_hour: rule.otherHour,
        },
      ];
    }),
  ),
});

const whole = (text: string, from: number, to: number): boolean => /^\d+$/.test(text.trim()) && Number(text) >= from && Number(text) <= to;

export type RuleFault = 'times' | 'amount' | 'jitter';

export function faultOf(rule: RuleForm): RuleFault | null {
  if (!rule.on) {
    return null;
  }
  if (!whole(rule.times, 1, 50)) {
    return 'times';
  }
  const seconds = secondsOf({ amount: Number(rule.amount || Number.NaN), unit: rule.unit });
  if (!(seconds >= 1 && seconds <= 90 * SECONDS.days)) {
    return 'amount';
  }
  return whole(rule.jitter || '0', 0, 100) ? null : 'jitter';
}

export const attemptsAreFine = (text: string): boolean => whole(text, 1, 50);

const INTL_UNIT: Record<Unit, string> = { seconds: 'second', minutes: 'minute', hours: 'hour', days: 'day' };

/** `10 minutes`, `36 hours`. */
export function waitWords(seconds: number, locale: string): string {
  const { amount, unit } = waitOf(seconds);
  return new Intl.NumberFormat(locale, { style: 'unit', unit: INTL_UNIT[unit], unitDisplay: 'long' }).format(amount);
}

/** `up to 3 more, 10 minutes apart`. */
export function ruleWords(rule: RuleForm, { t, n, format }: Texts): string {
  if (!rule.on) {
    return t('retry.words.final');
  }
  if (faultOf(rule)) {
    return t('retry.words.unfinished');
  }
  const wait = waitWords(secondsOf({ amount: Number(rule.amount), unit: rule.unit }), format.locale);
  const jitter = Number(rule.jitter || 0);
  return (
    n('retry.words.more', Number(rule.times), { wait }) +
    (jitter > 0 ? t('retry.words.jitter', { percent: format.percent(jitter) }) : '') +
    (rule.otherHour ? t('retry.words.otherHour') : '')
  );
}

/** How often somebody is called at most whose every call ends alike. */
export const callsAtMost = (form: RetryForm, outcome: Retryable): number =>
  Math.min(Number(form.attemptsMax), form.rules[outcome].on ? Number(form.rules[outcome].times) + 1 : 1);

/** A policy in lines: how often at most, then what is tried again. */
export const policyWords = (form: RetryForm, texts: Texts): string[] => [
  texts.n('retry.max.words', Number(form.attemptsMax)),
  ...RETRYABLE.filter((outcome) => form.rules[outcome].on).map((outcome) => `${texts.t(`outcome.${outcome}`)}: ${ruleWords(form.rules[outcome], texts)}`),
];
