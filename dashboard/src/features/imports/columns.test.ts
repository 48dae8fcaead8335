import { describe, expect, it } from 'vitest';

import { columnName, FIELDS, fold, guess, guessColumns, isKnown, toMapping, troubleWith } from './columns';

describe('what a column is', () => {
  it('is recognised in four languages, whatever the case, accents and marks', () => {
    const cases: [string, string][] = [
      ['Phone Number', 'phone'],
      ['MOBILE', 'phone'],
      ['Telefon-Nr.', 'phone'],
      ['Téléphone portable', 'phone'],
      ['Móvil', 'phone'],
      ['Vorname', 'first_name'],
      ['Prénom', 'first_name'],
      ['E-Mail', 'email'],
      ['País', 'country'],
      ['Priorität', 'priority'],
      ['DNC', 'do_not_call'],
      ['Recording consent', 'consent:recording'],
      ['Kunden-Nr.', 'external_id'],
      ['rejected_reason', 'ignore'],
    ];
    for (const [header, field] of cases) {
      expect(guess(header), header).toBe(field);
    }
    expect(guess('Tariff')).toBeUndefined();
    expect(fold('Größe (Œuvre)')).toBe('grosseoeuvre');
  });

  it('has a name in the wizard, if it is one that the importer guesses', () => {
    for (const header of ['phone', 'name', 'sms_consent', 'pewc', 'rejected_row', 'tz']) {
      const field = guess(header);
      expect(field && isKnown(field), header).toBe(true);
    }
    expect(new Set(FIELDS).size).toBe(FIELDS.length);
  });

  it('stays a field of the customer’s own where nothing is known', () => {
    expect(guessColumns(['Telefon', 'Tarif', ''])).toEqual({ fields: ['phone', 'custom:Tarif', 'custom:column_3'], candidates: [] });
    expect(columnName('', 6)).toBe('column_7');
  });

  it('is for a person to say when several may be the number', () => {
    expect(guessColumns(['Phone', 'Mobile', 'Name'])).toEqual({
      fields: ['custom:Phone', 'custom:Mobile', 'full_name'],
      candidates: ['Phone', 'Mobile'],
    });
  });

  it('is what it was the last time, and then what its name says', () => {
    const { fields, candidates } = guessColumns(['Phone', 'Mobile', 'Name'], { mobile: 'phone', NAME: 'company', gone: 'notes' });
    expect(fields).toEqual(['custom:Phone', 'phone', 'company']);
    expect(candidates).toEqual([]);
  });

  it('is taken once: the second column of the same meaning is kept under its own name', () => {
    expect(guessColumns(['Telefon', 'Email', 'E-Mail']).fields).toEqual(['phone', 'email', 'custom:E-Mail']);
  });
});

describe('a mapping', () => {
  it('needs a number, and no field twice', () => {
    expect(troubleWith(['a', 'b'], ['ignore', 'ignore'])).toEqual({ kind: 'no-phone' });
    expect(troubleWith(['a', 'b'], ['phone', 'phone'])).toEqual({ kind: 'twice', field: 'phone', columns: ['a', 'b'] });
    expect(troubleWith(['a', 'a'], ['phone', 'ignore'])).toEqual({ kind: 'same-name', name: 'a' });
    expect(troubleWith(['a', 'b', 'c'], ['phone', 'ignore', 'ignore'])).toBeNull();
  });

  it('goes to the API by the columns’ names', () => {
    expect(toMapping(['Telefon', ''], ['phone', 'ignore'])).toEqual({ Telefon: 'phone', column_2: 'ignore' });
  });
});
