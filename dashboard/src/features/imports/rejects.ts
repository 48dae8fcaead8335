import Papa from 'papaparse';

import { clean } from './sample';

/**
 * The file of refused rows, taken apart: the columns of the file that was imported, and four more that say which row it
 * was, which columns are at fault, what stood there and why it was refused.
 */
const OURS = ['rejected_row', 'rejected_field', 'rejected_value', 'rejected_reason'] as const;

/** How much of a rejects file is shown in the page; the rest is for a spreadsheet. */
export const SHOWN_BYTES = 4 << 20;

export interface Fault {
  /** The column at fault; `null` where the row as a whole is. */
  column: string | null;
  /** Why, as the importer says it. */
  reason: string;
}

export interface RejectedRow {
  /** Where it stood in the file: 1 is the first after the header. */
  row: number;
  values: string[];
  faults: Fault[];
}

export interface Rejects {
  headers: string[];
  rows: RejectedRow[];
  /** Whether there are more than these. */
  more: boolean;
}

/** `phone; email` and `phone: too short; email: no address` belong together. */
export function faultsOf(fields: string, reasons: string): Fault[] {
  const columns = fields.split('; ');
  const [only] = columns;
  if (columns.length === 1) {
    return only ? [{ column: only, reason: reasons }] : [{ column: null, reason: reasons.replace(/^line \d+: /, '') }];
  }
  // A reason may hold a semicolon itself: each begins with its own column's name, in the order of the columns.
  const starts: number[] = [];
  let from = 0;
  for (const column of columns) {
    const at = reasons.indexOf(`${column}: `, from);
    starts.push(at < 0 ? from : at);
    from = at < 0 ? from : at + column.length + 2;
  }
  return columns.map((column, index) => {
    const part = reasons.slice(starts[index], starts[index + 1]).replace(/; $/, '');
    return { column, reason: part.startsWith(`${column}: `) ? part.slice(column.length + 2) : part };
  });
}

export function parseRejects(text: string, complete: boolean): Rejects {
  const { data } = Papa.parse<string[]>(text.replace(/^\ufeff/, ''), { skipEmptyLines: 'greedy', delimitersToGuess: [',', ';', '\t', '|'] });
  const [header = [], ...records] = data;
  const width = header.length - OURS.length;
  const whole = complete ? records : records.slice(0, -1);
  const rows = whole
    .filter((record) => record.length === header.length)
    .map((record): RejectedRow => {
      const [row = '', fields = '', , reasons = ''] = record.slice(width).map(clean);
      return { row: Number(row), values: record.slice(0, width).map(clean), faults: faultsOf(fields, reasons) };
    });
  return { headers: header.slice(0, width).map(clean), rows, more: !complete };
}

/** What somebody has typed in place of refused values, by row and column. */
export type Mends = ReadonlyMap<number, Readonly<Record<string, string>>>;

export const valueOf = (rejects: Rejects, row: RejectedRow, column: string, mends: Mends): string =>
  mends.get(row.row)?.[column] ?? row.values[rejects.headers.indexOf(column)] ?? '';

/** A copy with one value more; typing the old value again takes the mend back. */
export function mend(rejects: Rejects, mends: Mends, row: RejectedRow, column: string, value: string): Mends {
  const { [column]: _, ...others } = mends.get(row.row) ?? {};
  const changed = value === (row.values[rejects.headers.indexOf(column)] ?? '') ? others : { ...others, [column]: value };
  const copy = new Map(mends);
  if (Object.keys(changed).length === 0) {
    copy.delete(row.row);
  } else {
    copy.set(row.row, changed);
  }
  return copy;
}

/** The mended rows as a file to be imported: the columns of the first one, so that the same mapping fits. */
export function mendedFile(rejects: Rejects, mends: Mends): string {
  const rows = rejects.rows.filter((row) => mends.has(row.row));
  return Papa.unparse(
    { fields: rejects.headers, data: rows.map((row) => rejects.headers.map((column) => valueOf(rejects, row, column, mends))) },
    { newline: '\r\n' },
  );
}

/** What is kept of a file's name when what was mended of it is imported. */
export function mendedName(fileName: string, word: string): string {
  const stem = fileName.replace(/\.csv$/i, '').replace(/ \([^)]*\)$/, '');
  return `${stem.slice(0, 180)} (${word}).csv`;
}

/** The importer's sentences, and the words under which the catalogues have them. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^the number is empty$/, 'empty'],
  [/^this is not a telephone number$/, 'not_a_number'],
  [/^a spreadsheet turned this number into scientific notation/, 'spreadsheet_damage'],
  [/^the number is too short for its country$/, 'too_short'],
  [/^the number is too long for its country$/, 'too_long'],
  [/^no such number exists in its country's numbering plan$/, 'invalid_for_region'],
  [/^the number starts with a country calling code that does not exist$/, 'unknown_calling_code'],
  [/^the country is unknown, so a number in national notation/, 'unknown_country'],
  [/^the number has no country code, and no country is given/, 'no_country'],
  [/^[a-z-]+ numbers are not called$/, 'not_callable'],
  [/^this field is required and empty$/, 'required'],
  [/^this is not a country: /, 'not_a_country'],
  [/^this is not an email address$/, 'not_an_email'],
  [/^this is not a time zone: /, 'unknown_timezone'],
  [/^this is not a language: /, 'not_a_locale'],
  [/^the priority is a whole number from 0/, 'not_a_priority'],
  [/^this is not a number$/, 'not_numeric'],
  [/^the comma may be a decimal or a thousands mark/, 'ambiguous_number'],
  [/^this is not a date: /, 'not_a_date'],
  [/^the day and the month cannot be told apart/, 'ambiguous_date'],
  [/^this is neither yes nor no$/, 'not_a_yes_or_no'],
  [/^this is not one of (?<list>.+)$/, 'not_in_list'],
  [/^the value is longer than (?<limit>\d+) characters$/, 'value_too_long'],
  [/^the row has more values than the file has columns/, 'extra_values'],
  [/^the row is too long: /, 'record_too_long'],
  [/^the row has too many columns$/, 'too_many_columns'],
  [/^a quote in this row is never closed/, 'unclosed_quote'],
  [/^the text is not in the encoding of the rest of the file$/, 'bad_encoding'],
  [/^the number was there before, in this file$/, 'duplicate_in_file'],
  [/^the number was there before, in this campaign$/, 'duplicate_in_campaign'],
  [/^the number was there before, in the contact list$/, 'duplicate_in_tenant'],
  [/^the number is on the do-not-call list$/, 'suppressed'],
];

export interface Rule {
  /** `undefined` for a sentence that this page does not know: then it stands for itself. */
  code: string | undefined;
  parameters: Record<string, string>;
}

export function ruleOf(reason: string): Rule {
  for (const [sentence, code] of SENTENCES) {
    const found = sentence.exec(reason);
    if (found) {
      return { code, parameters: { ...found.groups } };
    }
  }
  return { code: undefined, parameters: {} };
}

/** Rows whose number is known already are not at fault: there is nothing to mend. */
export const isMendable = (fault: Fault): boolean => !(ruleOf(fault.reason).code ?? '').startsWith('duplicate');
