// @vitest-environment jsdom
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { textsOf } from '../i18n';
import { de } from '../i18n/de';
import { en } from '../i18n/en';
import { asksOf, noteOf } from './ruleWords';

const german = textsOf('de', de);
const asks = (text: string) => asksOf({ asks: text }, german);

const BOOK = join(import.meta.dirname, '../../../../crates/domain/rules');

/** Every clause that the rule book's kinds have (`Predicate::in_words`). */
const CLAUSES: [string, string][] = [
  ["only Mon-Fri 10:00-13:00 14:00-20:00 at the called party's place, not on national holidays", 'Nur Mo–Fr 10:00–13:00, 14:00–20:00, am Ort der angerufenen Person, und nicht an landesweiten Feiertagen'],
  ["only Mon-Sat 08:00-20:00 at the called party's place, not on holidays", 'Nur Mo–Sa 08:00–20:00, am Ort der angerufenen Person, und nicht an Feiertagen'],
  ["only Mon-Sun 09:00-21:00 at the called party's place", 'Nur Mo–So 09:00–21:00, am Ort der angerufenen Person'],
  ['at most 4 contacts in 30 days', 'Höchstens 4 Kontaktaufnahmen in 30 Tagen'],
  ['at most 3 contacts on the same subject in 24 hours', 'Höchstens 3 Kontaktaufnahmen in 24 Stunden in derselben Sache'],
  ['prior consent to being called by an artificial or recorded voice, in writing is required (an artificial voice speaks)', 'Vorherige Einwilligung in Anrufe mit künstlicher oder aufgezeichneter Stimme, schriftlich, ist nötig, wo eine künstliche Stimme spricht'],
  [
    'at most 3 % of answered calls abandoned in 24 hours, connected within 2 s of the greeting; an abandoned call plays who called and offers an opt-out',
    'Höchstens 3\u00a0% der angenommenen Anrufe abgebrochen in 24 Stunden; verbunden innerhalb von 2 Sekunden nach der Begrüßung. Ein abgebrochener Anruf sagt, wer angerufen hat, und bietet einen Widerspruch an',
  ],
  ['at most 5 % of answered calls abandoned in a calendar month, connected within 2 s of the greeting', 'Höchstens 5\u00a0% der angenommenen Anrufe abgebrochen in einem Kalendermonat; verbunden innerhalb von 2 Sekunden nach der Begrüßung'],
  ['ring for at least 15 s or 4 rings', 'Mindestens 15 Sekunden oder 4 Mal klingeln lassen'],
  ['complaints below 0.3 %, better 0.1 %', 'Beschwerden unter 0,3\u00a0%, besser 0,1\u00a0%'],
];

describe('what a rule asks', () => {
  it.each(CLAUSES)('%s', (clause, words) => {
    expect(asks(clause)).toEqual({ text: words, translated: true });
  });

  it('stands as it came where it is not known, and is said to be English', () => {
    expect(asks('something new')).toEqual({ text: 'something new', translated: false });
  });

  it('has a note in both languages for every note of the rule book, of that version', () => {
    const rules = readdirSync(BOOK).flatMap((file) => readFileSync(join(BOOK, file), 'utf8').split('[[rule]]').slice(1));
    const notes = rules.flatMap((rule) => {
      const [, id] = /^id = "(.+)"$/m.exec(rule) ?? [];
      const [, version] = /^version = (\d+)$/m.exec(rule) ?? [];
      const [, note] = /^note = "(.+)"$/m.exec(rule) ?? [];
      return id && version && note ? [{ id, version: Number(version), note }] : [];
    });
    expect(notes.length).toBeGreaterThan(10);
    for (const rule of notes) {
      expect(noteOf(rule, textsOf('en', en))).toEqual({ text: rule.note, translated: true });
      expect(noteOf(rule, german)?.translated, rule.id).toBe(true);
    }
  });
});
