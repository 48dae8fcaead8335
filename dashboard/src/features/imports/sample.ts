import Papa from 'papaparse';

import { guess } from './columns';

/** How much of a file's beginning is looked at: as much as the importer looks at. */
export const SAMPLE_BYTES = 64 << 10;

/** What a file is called that is no CSV. */
export type NotCsv = 'excel' | 'office' | 'zip' | 'pdf' | 'compressed' | 'picture' | 'json' | 'web' | 'binary';

export type SampleTrouble = { kind: 'empty' } | { kind: 'not-csv'; what: NotCsv } | { kind: 'no-header' };

export interface Sample {
  headers: string[];
  /** The first rows, cell by cell, as they stand. */
  rows: string[][];
  delimiter: string;
  /** Whether the file has no more rows than these. */
  complete: boolean;
}

const DELIMITERS = [',', ';', '\t', '|'] as const;

const starts = (bytes: Uint8Array, ...signature: number[]): boolean => signature.every((byte, at) => bytes[at] === byte);
const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));

/** What the first bytes give away, whatever the file's name says. */
export function notCsv(bytes: Uint8Array): NotCsv | null {
  const text = String.fromCharCode(...bytes.subarray(0, 4_096));
  const first = text.trimStart().slice(0, 64).toLowerCase();
  if (starts(bytes, ...ascii('PK'), 3, 4)) {
    return text.includes('xl/') || text.includes('[Content_Types].xml') ? 'excel' : 'zip';
  }
  if (starts(bytes, 0xd0, 0xcf, 0x11, 0xe0)) {
    return 'office';
  }
  if (starts(bytes, ...ascii('%PDF'))) {
    return 'pdf';
  }
  if ([[0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], ascii('7z\xbc\xaf'), ascii('Rar!'), ascii('BZh')].some((sign) => starts(bytes, ...sign))) {
    return 'compressed';
  }
  if ([[0x89, ...ascii('PNG')], [0xff, 0xd8, 0xff], ascii('GIF8')].some((sign) => starts(bytes, ...sign))) {
    return 'picture';
  }
  if (first.startsWith('{"') || first.startsWith('[{') || first.startsWith('{ "')) {
    return 'json';
  }
  if (first.startsWith('<!doctype html') || first.startsWith('<html') || first.startsWith('<?xml')) {
    return 'web';
  }
  return null;
}

/** The bytes as text; `null` if they are none. Of a part of a file the last character may be cut in two: it is dropped. */
export function decode(bytes: Uint8Array, complete: boolean): string | null {
  const as = (encoding: string, fatal = false) => new TextDecoder(encoding, { fatal }).decode(bytes, { stream: !complete });
  if (starts(bytes, 0xff, 0xfe)) {
    return as('utf-16le');
  }
  if (starts(bytes, 0xfe, 0xff)) {
    return as('utf-16be');
  }
  let nuls: [number, number] = [0, 0];
  bytes.forEach((byte, at) => {
    if (byte === 0) {
      nuls = at % 2 === 0 ? [nuls[0] + 1, nuls[1]] : [nuls[0], nuls[1] + 1];
    }
  });
  const [even, odd] = nuls;
  if (even + odd > 0) {
    // UTF-16 without a mark: text of the Latin scripts has a NUL in every other place.
    const half = bytes.length / 2;
    return odd >= half * 0.4 && even <= half * 0.02 ? as('utf-16le') : even >= half * 0.4 && odd <= half * 0.02 ? as('utf-16be') : null;
  }
  try {
    return as('utf-8', true);
  } catch {
    return as('windows-1252');
  }
}

const cut = (text: string, delimiter: string): string[][] =>
  Papa.parse<string[]>(text, { delimiter, skipEmptyLines: 'greedy' }).data;

/**
 * The delimiter under which the first records look most like a table: header words that we know, then as many records as
 * possible with as many cells as the header, then the number of cells.
 */
function delimiterOf(text: string): string {
  const score = (delimiter: string): [number, number, number] => {
    const records = cut(text, delimiter).slice(0, 50);
    const [header = []] = records;
    const known = header.filter((name) => !['ignore', undefined].includes(guess(name))).length;
    const regular = records.filter((record) => record.length === header.length).length;
    return header.length < 2 ? [known, 0, 0] : [known, regular / Math.max(records.length, 1), header.length];
  };
  const [best = ','] = DELIMITERS.map((delimiter) => ({ delimiter, score: score(delimiter) }))
    .sort((a, b) => b.score[0] - a.score[0] || b.score[1] - a.score[1] || b.score[2] - a.score[2])
    .map(({ delimiter }) => delimiter);
  return best;
}

const looksLikeANumber = (header: string): boolean => header.replace(/\D/g, '').length >= 7 && !/\p{L}/u.test(header);

/** Blank to a person, though not always to `trim`: zero-width and direction marks. */
const BLANKS = /^[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\0]+|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\0]+$/g;

/** A cell without what spreadsheets leave around it: blanks, the `="…"` and the apostrophe that mark it as text. */
export function clean(cell: string): string {
  const bare = cell.replace(BLANKS, '');
  const inner = /^="([^]*)"$/.exec(bare)?.[1]?.replace(BLANKS, '') ?? bare;
  return /^'[\d=+\-@\t\r\n＝＋－＠]/.test(inner) ? inner.slice(1).trimStart() : inner;
}

/** Looks at the beginning of a file; `complete` says that this is all of it. */
export function readSample(bytes: Uint8Array, complete: boolean): Sample | SampleTrouble {
  const what = notCsv(bytes);
  if (what) {
    return { kind: 'not-csv', what };
  }
  const text = decode(bytes, complete)?.replace(/^\ufeff/, '');
  if (text === undefined) {
    return { kind: 'not-csv', what: 'binary' };
  }
  // Excel's own way to say it; the line is no header.
  const said = /^\s*sep=([,;\t|])\s*?\r?\n/i.exec(text);
  const body = said ? text.slice(said[0].length) : text;
  const delimiter = said?.[1] ?? delimiterOf(body);
  const [header, ...rows] = cut(body, delimiter);
  if (!header || header.every((name) => clean(name) === '')) {
    return { kind: 'empty' };
  }
  const headers = header.map(clean);
  if (headers.some(looksLikeANumber)) {
    return { kind: 'no-header' };
  }
  // The sample may end in the middle of a row.
  return { headers, rows: complete ? rows : rows.slice(0, -1), delimiter, complete };
}

export async function sampleOf(file: File): Promise<Sample | SampleTrouble> {
  const bytes = new Uint8Array(await file.slice(0, SAMPLE_BYTES).arrayBuffer());
  return bytes.length === 0 ? { kind: 'empty' } : readSample(bytes, file.size <= SAMPLE_BYTES);
}
