import type { Texts } from '../i18n';

/**
 * Why somebody was called, or was not: the API says so in English sentences of a few forms (crates/domain/src/explain.rs
 * and compliance/explain.rs). Those that we know are said in the reader's language, with dates as the reader writes them;
 * any other stands as it came.
 */
interface Form {
  pattern: RegExp;
  key: string;
}

const FORMS: readonly Form[] = [
  { key: 'place', pattern: /^The number belongs to (?<place>[A-Z]{2}|001)(?<part>-[A-Z0-9]+)?; hours are reckoned in (?<zones>.+)\.$/ },
  { key: 'priority', pattern: /^Its priority is (?<n>\d) \(0 is called first, 9 last\)\.$/ },
  { key: 'row', pattern: /^Enrolled by row (?<n>\d+) of import (?<import>\S+)\.$/ },
  { key: 'byHand', pattern: /^Enrolled by hand\.$/ },
  { key: 'allowedUntil', pattern: /^Allowed until (?<at>.+ UTC)\.$/ },
  { key: 'notNow', pattern: /^Not now: (?<cause>.+)\. Next possible at (?<at>.+ UTC)\.$/ },
  { key: 'never', pattern: /^Not allowed: (?<cause>.+)\.$/ },
  { key: 'ringAtLeast', pattern: /^Let it ring for at least (?<n>\d+) seconds \((?<rule>\S+)\)\.$/ },
  { key: 'announce', pattern: /^Announce the recording and ask for consent \((?<rule>\S+)\)\.$/ },
  { key: 'identify', pattern: /^Say who calls and offer an opt-out \((?<rule>\S+)\)\.$/ },
  { key: 'stateUnknown', pattern: /^The state in (?<place>[A-Z]{2}) is not known: only the rules of the whole country were applied\.$/ },
  { key: 'holidaysUnknown', pattern: /^Holidays are not known there: (?<rule>\S+) was applied without\.$/ },
  { key: 'waived', pattern: /^House rules were waived\.$/ },
  { key: 'consent', pattern: /^Relied on consent: (?<evidence>.+)\.$/ },
  { key: 'optedOut', pattern: /^Whoever asks not to be contacted is not called again, whatever the plan says\.$/ },
  { key: 'last', pattern: /^The plan allows (?<n>\d+) attempts in all, and this was the last\.$/ },
  { key: 'noRule', pattern: /^After (?<outcome>\w+) the plan does not try again\.$/ },
  { key: 'usedUp', pattern: /^After (?<outcome>\w+) the plan tries again (?:once|up to \d+ times), and that was used up\.$/ },
  { key: 'again', pattern: /^After (?<outcome>\w+) the plan tries again (?:once|up to \d+ times), .+: not before (?<when>.+)\.$/ },
  { key: 'notNoted', pattern: /^The enrollment has not taken note of it yet; within a minute it will have\.$/ },
  { key: 'asking', pattern: /^An attempt whose end is not told in time is asked about at the provider; nobody is called meanwhile\.$/ },
  { key: 'draft', pattern: /^The campaign has not been started\.$/ },
  { key: 'scheduled', pattern: /^The campaign waits for its start\.$/ },
  { key: 'paused', pattern: /^The campaign is paused: nobody is called until it is resumed\.$/ },
  { key: 'stopping', pattern: /^The campaign is being stopped: who waits will not be called\.$/ },
  { key: 'completed', pattern: /^The campaign is complete\.$/ },
  { key: 'archived', pattern: /^The campaign is archived\.$/ },
  { key: 'dailyLimit', pattern: /^The campaign calls at most (?<n>\d+) contacts a day \((?<zone>.+)\): who does not fit is called on another day\.$/ },
];

const CAUSES: readonly Form[] = [
  { key: 'window', pattern: /^it is outside the campaign's own window$/ },
  { key: 'cap', pattern: /^the limit "(?<name>.+)" is reached$/ },
  { key: 'noOpening', pattern: /^the hours that apply have no opening in common within two months/ },
  { key: 'optedOut', pattern: /^the person opted out \(suppression (?<suppression>.+)\)$/ },
  { key: 'doNotCall', pattern: /^the address is on the do-not-call list \(suppression (?<suppression>.+)\)$/ },
  { key: 'register', pattern: /^the address is on a public do-not-call register \(suppression (?<suppression>.+)\)$/ },
  { key: 'complaint', pattern: /^the person complained \(suppression (?<suppression>.+)\)$/ },
  { key: 'bounce', pattern: /^the address does not work \(suppression (?<suppression>.+)\)$/ },
];

/** A rule in one line, as the API appends those that applied: they are shown as a table instead. */
const RULE_LINE = /^[a-z0-9-]+@\d+(?: \[(?:law|guidance|superseded, not applied|unverified)\])?: /;

export const isRuleLine = (sentence: string): boolean => RULE_LINE.test(sentence);

export interface Reason {
  text: string;
  /** Whether it is in the reader's language; else it is English. */
  translated: boolean;
  /** The import that it speaks of. */
  importId?: string;
}

function said(sentence: string, forms: readonly Form[], stem: string, texts: Texts, zone?: string): Reason | null {
  const { maybe, format } = texts;
  for (const { key, pattern } of forms) {
    const found = pattern.exec(sentence);
    if (!found) {
      continue;
    }
    const groups: Record<string, string | undefined> = found.groups ?? {};
    const given: Record<string, string> = {};
    for (const [name, value] of Object.entries(groups)) {
      if (value === undefined) {
        continue;
      }
      given[name] = value;
      if (name === 'place') {
        given[name] = `${format.country(value)}${groups['part'] ? ` (${groups['part'].slice(1)})` : ''}`;
      } else if (name === 'at') {
        given[name] = format.dateTime(value.replace(' ', 'T').replace(' UTC', 'Z'), zone);
      } else if (name === 'n') {
        given[name] = format.number(Number(value));
      } else if (name === 'outcome') {
        given[name] = maybe(`outcome.${value}`, value);
      } else if (name === 'cause') {
        given[name] = said(value, CAUSES, 'cause', texts, zone)?.text ?? value;
      }
    }
    const text = maybe(`${stem}.${key}`, '');
    const filled = text.replace(/\{(\w+)\}/g, (all, name: string) => given[name] ?? all);
    return text === '' ? null : { text: filled, translated: true, importId: groups['import'] };
  }
  return null;
}

/** A sentence of the API's in the reader's language. `zone` is the contact's own. */
export const reasonOf = (sentence: string, texts: Texts, zone?: string): Reason =>
  said(sentence, FORMS, 'reason', texts, zone) ?? { text: sentence, translated: false };
