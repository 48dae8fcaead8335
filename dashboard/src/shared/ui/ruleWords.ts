import type { Rule } from '../api/types';
import type { Texts } from '../i18n';
import { parseRuleHours } from '../week/week';
import { weekWords } from '../week/words';

/**
 * What a rule asks, in the reader's language: the API says it in English clauses of a few forms
 * (crates/domain/src/compliance/explain.rs). The citation and the source stay in the law's own words.
 */
interface Form {
  key: string;
  pattern: RegExp;
}

const PER = '(?<per>in (?:\\d+ (?:days|hours)|a calendar (?:day|month)))';

const FORMS: readonly Form[] = [
  { key: 'hours', pattern: /^only (?<hours>.+) at the called party's place$/ },
  { key: 'hours.national', pattern: /^only (?<hours>.+) at the called party's place, not on national holidays$/ },
  { key: 'hours.holidays', pattern: /^only (?<hours>.+) at the called party's place, not on holidays$/ },
  { key: 'contacts', pattern: new RegExp(`^at most (?<n>\\d+) contacts ${PER}$`) },
  { key: 'contacts.subject', pattern: new RegExp(`^at most (?<n>\\d+) contacts on the same subject ${PER}$`) },
  { key: 'refusal', pattern: /^no contact for (?<n>\d+) days after a refusal$/ },
  { key: 'consent', pattern: /^prior consent to (?<consent>.+?) is required$/ },
  { key: 'consent.artificial', pattern: /^prior consent to (?<consent>.+) is required \(an artificial voice speaks\)$/ },
  { key: 'aiVoice', pattern: /^a generated voice counts as artificial: identification and an opt-out are due$/ },
  { key: 'ring', pattern: /^ring for at least (?<n>\d+) s or (?<rings>\d+) rings$/ },
  { key: 'record.all', pattern: /^everybody's consent is needed to record: announce and ask$/ },
  { key: 'record.mixed', pattern: /^consent to record is needed from everybody in some cases: announce and ask$/ },
  { key: 'revocation', pattern: /^a revocation by any reasonable means is honoured within (?<n>\d+) working days$/ },
  { key: 'proof', pattern: /^proof of consent is kept for (?<n>\d+) years from the grant and from each use$/ },
  { key: 'keywords', pattern: /^(?<stop>.+) mean stop; (?<start>.+) mean start; (?<help>.+) mean help$/ },
  { key: 'segments', pattern: /^a message holds (?<gsm>\d+) GSM-7 or (?<ucs>\d+) UCS-2 characters, a part of one (?<gsmPart>\d+) or (?<ucsPart>\d+)$/ },
  { key: 'throughput', pattern: /^carriers limit throughput by trust score, in (?<n>\d+) steps$/ },
  { key: 'oneClick', pattern: /^one-click unsubscribe, honoured within (?<n>\d+) hours$/ },
  { key: 'postal', pattern: /^the sender's postal address stands in the mail$/ },
  { key: 'bounces', pattern: /^bounces below (?<share>.+ %); the account is paused at (?<pause>.+ %)$/ },
  { key: 'complaints', pattern: /^complaints below (?<share>.+ %), better (?<aim>.+ %)$/ },
];

/** One that is put together of up to three parts. */
const ABANDONED = new RegExp(
  `^at most (?<share>.+ %) of answered calls abandoned ${PER}, connected within (?<n>\\d+) s of the greeting(?<successive>, each such period of a campaign for itself)?(?<message>; an abandoned call plays who called and offers an opt-out)?$`,
);

const CONSENTS: Readonly<Record<string, string>> = {
  'being called': 'calls',
  'being called by an artificial or recorded voice': 'automated',
  'being called by an artificial or recorded voice, in writing': 'written',
  'text messages': 'texts',
  emails: 'emails',
  'being recorded': 'recording',
};

/** `in 30 days`, `in a calendar month`. */
function period(per: string, { maybe, format }: Texts): string {
  const [, count, unit] = /^in (\d+) (days|hours)$/.exec(per) ?? [];
  const [, calendar] = /^in a calendar (day|month)$/.exec(per) ?? [];
  return count && unit
    ? maybe(`rulePer.${unit}`, per).replace('{n}', format.number(Number(count)))
    : maybe(`rulePer.${calendar ?? ''}`, per);
}

function put(name: string, value: string, texts: Texts): string {
  const { maybe, format } = texts;
  switch (name) {
    case 'hours': {
      const week = parseRuleHours(value);
      return week ? weekWords(week, texts) : value;
    }
    case 'per':
      return period(value, texts);
    case 'consent':
      return maybe(`ruleConsent.${CONSENTS[value] ?? ''}`, value);
    case 'share':
    case 'pause':
    case 'aim':
      return format.percent(Number(value.replace(' %', '')));
    default:
      return /^\d+$/.test(value) ? format.number(Number(value)) : value;
  }
}

const fill = (text: string, groups: Record<string, string | undefined>, texts: Texts): string =>
  text.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = groups[name];
    return value === undefined ? all : put(name, value, texts);
  });

export interface Said {
  text: string;
  /** Whether it is in the reader's language; else it is English. */
  translated: boolean;
}

/** What it asks. A clause that is not known stands as it came. */
export function asksOf(rule: Pick<Rule, 'asks'>, texts: Texts): Said {
  const abandoned = ABANDONED.exec(rule.asks)?.groups;
  if (abandoned) {
    const parts = ['abandoned', ...(abandoned['successive'] ? ['abandoned.successive'] : []), ...(abandoned['message'] ? ['abandoned.message'] : [])];
    return { text: parts.map((part) => fill(texts.maybe(`ruleAsk.${part}`, ''), abandoned, texts)).join(''), translated: true };
  }
  for (const { key, pattern } of FORMS) {
    const found = pattern.exec(rule.asks);
    const text = found && texts.maybe(`ruleAsk.${key}`, '');
    if (text) {
      return { text: fill(text, found.groups ?? {}, texts), translated: true };
    }
  }
  return { text: rule.asks, translated: false };
}

/** What a reader should know besides: a new version of a rule has a new note. */
export function noteOf({ id, version, note }: Pick<Rule, 'id' | 'version' | 'note'>, { maybe }: Texts): Said | null {
  if (!note) {
    return null;
  }
  const known = maybe(`ruleNote.${id}@${version}`, '');
  return known ? { text: known, translated: true } : { text: note, translated: false };
}
