import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { en } from '../../shared/i18n/en';
import { faultsOf, isMendable, mend, mendedFile, mendedName, parseRejects, ruleOf, type Mends } from './rejects';

const FILE = [
  '\ufeffTelefon;Name;Mail;rejected_row;rejected_field;rejected_value;rejected_reason',
  '030 1;Ada;ada@example;7;Telefon; Mail;x;y',
].join('\r\n');

const text = (...rows: string[]) => ['Telefon;Name;Mail;rejected_row;rejected_field;rejected_value;rejected_reason', ...rows].join('\r\n');

describe('the file of refused rows', () => {
  it('is taken apart into rows and what is wrong with each', () => {
    const rejects = parseRejects(
      text(
        '030 1;Ada;ada@example;7;"Telefon; Mail";"030 1; ada@example";"Telefon: the number is too short for its country; Mail: this is not an email address"',
        "'+49 30;Bob;;9;Telefon;'+49 30;the number is too short for its country",
        ';;;12;;;line 13: the row is too long: is a quote never closed?',
      ),
      true,
    );
    expect(rejects.headers).toEqual(['Telefon', 'Name', 'Mail']);
    expect(rejects.rows.map(({ row, faults }) => [row, faults])).toEqual([
      [
        7,
        [
          { column: 'Telefon', reason: 'the number is too short for its country' },
          { column: 'Mail', reason: 'this is not an email address' },
        ],
      ],
      [9, [{ column: 'Telefon', reason: 'the number is too short for its country' }]],
      [12, [{ column: null, reason: 'the row is too long: is a quote never closed?' }]],
    ]);
    // The apostrophe that keeps a spreadsheet from running the cell is not part of the number.
    expect(rejects.rows[1]?.values[0]).toBe('+49 30');
  });

  it('keeps reasons together that hold a semicolon themselves', () => {
    expect(faultsOf('a; b', 'a: this is not one of x; y, z; b: this is not a number')).toEqual([
      { column: 'a', reason: 'this is not one of x; y, z' },
      { column: 'b', reason: 'this is not a number' },
    ]);
  });

  it('leaves out a line that does not have the file’s columns, and the last one of a part', () => {
    expect(parseRejects(FILE, true).rows).toEqual([]);
    expect(parseRejects(text('1;a;b;1;Telefon;1;x', '2;a;b;2;Tele'), false)).toMatchObject({ more: true, rows: [{ row: 1 }] });
  });
});

describe('mending', () => {
  const rejects = parseRejects(text('030 1;Ada;;7;Telefon;030 1;x', '1;"Bob; Inc";;9;Telefon;1;x'), true);
  const [first, second] = rejects.rows;
  if (!first || !second) {
    throw new Error('two rows');
  }

  it('writes the mended rows alone, with the columns of the file', () => {
    const mends = mend(rejects, new Map(), second, 'Telefon', '030 23125123');
    expect(mendedFile(rejects, mends)).toBe('Telefon,Name,Mail\r\n030 23125123,Bob; Inc,');
  });

  it('is taken back by typing the old value', () => {
    let mends: Mends = mend(rejects, new Map(), first, 'Telefon', '030 2');
    mends = mend(rejects, mends, first, 'Name', 'Ada L');
    expect(mends.get(7)).toEqual({ Telefon: '030 2', Name: 'Ada L' });
    mends = mend(rejects, mends, first, 'Telefon', '030 1');
    expect(mends.get(7)).toEqual({ Name: 'Ada L' });
    mends = mend(rejects, mends, first, 'Name', 'Ada');
    expect(mends.size).toBe(0);
  });

  it('names the file after the first one, however often', () => {
    expect(mendedName('leads.csv', 'corrected')).toBe('leads (corrected).csv');
    expect(mendedName('leads (corrected).csv', 'corrected')).toBe('leads (corrected).csv');
  });
});

describe('the reasons', () => {
  /** The sentences as the importer writes them: `#[error("…")]`, without those that a file as a whole gets. */
  const sentences = (path: string, from: string) => {
    const source = readFileSync(path, 'utf8').split(from)[1] ?? '';
    const body = source.slice(0, source.indexOf('\n}'));
    return [...body.matchAll(/#\[error\(\s*"([^"]+)"/g)].map(([, sentence]) => sentence ?? '').filter((sentence) => sentence !== '{0}');
  };

  it('have a text in the catalogue for every sentence that the importer says', () => {
    const all = [
      ...sentences('../crates/intake/src/error.rs', 'pub enum Reason {'),
      ...sentences('../crates/numbering/src/reject.rs', 'pub enum Reject {'),
    ];
    expect(all.length).toBeGreaterThan(25);
    for (const template of all) {
      for (const where of ['this file', 'this campaign', 'the contact list']) {
        const sentence = template.startsWith('the number was there before') ? template.replace('{}', where) : template.replace('{}', 'pager').replace('{0}', '200');
        const { code } = ruleOf(sentence);
        expect(code, sentence).toBeDefined();
        expect(Object.keys(en), sentence).toContain(`reject.${code ?? ''}`);
      }
    }
  });

  it('keep what they name', () => {
    expect(ruleOf('this is not one of gold, silver').parameters).toEqual({ list: 'gold, silver' });
    expect(ruleOf('something new')).toEqual({ code: undefined, parameters: {} });
  });

  it('cannot be mended away where the number is known', () => {
    expect(isMendable({ column: 'Telefon', reason: 'the number was there before, in this campaign' })).toBe(false);
    expect(isMendable({ column: 'Telefon', reason: 'the number is too short for its country' })).toBe(true);
  });
});
