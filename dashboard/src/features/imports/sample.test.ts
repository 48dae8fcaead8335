import { describe, expect, it } from 'vitest';

import { clean, decode, notCsv, readSample } from './sample';

const bytes = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => {
  const out = new Uint8Array(text.length * 2);
  [...text].forEach((letter, at) => out.set([letter.charCodeAt(0) & 0xff, letter.charCodeAt(0) >> 8], at * 2));
  return out;
};
const read = (text: string, complete = true) => {
  const sample = readSample(bytes(text), complete);
  if ('kind' in sample) {
    throw new Error(sample.kind);
  }
  return sample;
};

describe('the beginning of a file', () => {
  it('gives away its delimiter, in spite of the others within quotes', () => {
    const cases: [string, string][] = [
      ['phone,name\n+49,"a;b;c;d"\n', ','],
      ['phone;name\n+49;"a,b,c,d"\n', ';'],
      ['phone\tname\n+49\ta,b;c\n', '\t'],
      ['phone|name\n+49|a,b;c\n', '|'],
      ['Telefon;Betrag\n030;1,50\n040;2,75\n', ';'],
      ['phone\n+4930123456\n', ','],
      ['sep=;\r\nphone;name\r\n', ';'],
      ['foo;bar, baz;qux\n1;2;3\n4;5;6\n', ';'],
    ];
    for (const [text, delimiter] of cases) {
      const sample = readSample(bytes(text), true);
      expect('kind' in sample ? sample.kind : sample.delimiter, text).toBe(delimiter);
    }
  });

  it('gives away its encoding', () => {
    expect(decode(bytes('Zoë'), true)).toBe('Zoë');
    expect(decode(Uint8Array.from([0x5a, 0x6f, 0xeb]), true)).toBe('Zoë');
    expect(decode(Uint8Array.from([0xff, 0xfe, ...utf16('phone;Zoë')]), true)).toContain('phone;Zoë');
    expect(decode(utf16('phone;Zoë\n'), true)).toBe('phone;Zoë\n');
    // Cut in the middle of a letter it is UTF-8 all the same.
    expect(decode(bytes('Zoë').slice(0, 3), false)).toBe('Zo');
    expect(decode(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), true)).toBeNull();
  });

  it('leaves out a last row that may go on', () => {
    expect(read('phone,name\n1,a\n2,b\n3,').rows).toHaveLength(3);
    expect(read('phone,name\n1,a\n2,b\n3,', false).rows).toHaveLength(2);
  });

  it('says what is no list', () => {
    expect(notCsv(bytes('PK\x03\x04....xl/workbook.xml'))).toBe('excel');
    expect(notCsv(bytes('%PDF-1.7\n'))).toBe('pdf');
    expect(notCsv(bytes(' {"phone": 1}'))).toBe('json');
    expect(notCsv(bytes('<!DOCTYPE html><html>'))).toBe('web');
    expect(notCsv(bytes('phone,name'))).toBeNull();
    expect(readSample(bytes(' \r\n\n'), true)).toEqual({ kind: 'empty' });
    expect(readSample(bytes('+4930123456,Ada\n'), true)).toEqual({ kind: 'no-header' });
  });
});

describe('a cell', () => {
  it('loses what a spreadsheet left around it', () => {
    const cases: [string, string][] = [
      ['  x\t', 'x'],
      ['\u00a0\u200bx\ufeff', 'x'],
      ['="+4930123456"', '+4930123456'],
      ['=" 030 "', '030'],
      ["'+4930123456", '+4930123456'],
      ["'0171 234", '0171 234'],
      ["'n Boer", "'n Boer"],
      ['two\nlines', 'two\nlines'],
    ];
    for (const [given, expected] of cases) {
      expect(clean(given), given).toBe(expected);
    }
  });
});
