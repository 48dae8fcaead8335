// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { textsOf } from '../i18n';
import { de } from '../i18n/de';
import { en } from '../i18n/en';
import { isRuleLine, reasonOf } from './reasons';

const german = textsOf('de', de);
const english = textsOf('en', en);

describe('a reason', () => {
  it('is said in the reader’s language, with the contact’s own time', () => {
    const sentence = "Not now: it is outside the campaign's own window. Next possible at 2027-03-02 09:00:00 UTC.";
    expect(reasonOf(sentence, german, 'Europe/Berlin').text).toBe(
      'Noch nicht: es ist außerhalb der Anrufzeiten der Kampagne. Frühestens möglich am 02.03.2027, 10:00.',
    );
    expect(reasonOf(sentence, english, 'Europe/London').text).toBe(
      'Not now: it is outside the campaign’s own hours. Possible from 2 Mar 2027, 09:00.',
    );
  });

  it('names countries, outcomes and the import it speaks of', () => {
    expect(reasonOf('The number belongs to US-TX; hours are reckoned in America/Chicago.', german).text).toBe(
      'Die Nummer gehört zu Vereinigte Staaten (TX); Zeiten gelten nach America/Chicago.',
    );
    expect(reasonOf('After no_answer the plan does not try again.', german).text).toContain('„Nicht abgenommen“');
    expect(reasonOf('Enrolled by row 62 of import imp_bc8d.', english).importId).toBe('imp_bc8d');
  });

  it('that is not known stands as it came, and says so', () => {
    expect(reasonOf('Something new.', german)).toEqual({ text: 'Something new.', translated: false });
  });

  it('is told from a rule', () => {
    expect(isRuleLine("house-recording@1 [guidance]: everybody's consent is needed to record: announce and ask. Carillon default")).toBe(true);
    expect(isRuleLine('de-hours@1: not in the present rule book.')).toBe(true);
    expect(isRuleLine('Announce the recording and ask for consent (house-recording@1).')).toBe(false);
  });
});
