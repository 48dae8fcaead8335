import words from '../../../../crates/intake/data/headers.txt?raw';

/**
 * Which column of a file is what, guessed as the importer guesses it and from the same list of words, so that what the
 * wizard shows is what would happen. The wizard sends the mapping that was settled: the importer then guesses nothing.
 */

/** `phone`, `consent:calls`, `custom:plan`, `ignore` and so on, as the API writes them. */
export type Field = string;

/** What a column may be besides a custom field, in the order in which people look for it. */
export const FIELDS = [
  'phone',
  'first_name',
  'last_name',
  'full_name',
  'email',
  'company',
  'country',
  'timezone',
  'locale',
  'priority',
  'tags',
  'notes',
  'external_id',
  'do_not_call',
  'consent:calls',
  'consent:automated_calls',
  'consent:automated_calls_in_writing',
  'consent:recording',
  'consent:sms',
  'consent:email',
  'ignore',
] as const;

export type KnownField = (typeof FIELDS)[number];

export const isKnown = (field: Field): field is KnownField => (FIELDS as readonly string[]).includes(field);

const UNMARKED: Record<string, string> = { æ: 'ae', œ: 'oe', ß: 'ss', ø: 'o', ł: 'l', ı: 'i' };

/** Lower case, without accents, letters and digits alone: `Téléphone (portable)` is `telephoneportable`. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[æœßøłı]/g, (letter) => UNMARKED[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]/gu, '');
}

const MEANINGS: ReadonlyMap<string, Field> = new Map(
  words
    .split('\n')
    .filter((line) => !line.startsWith('#') && line.includes(' = '))
    .flatMap((line): [string, Field][] => {
      const [field = '', listed = ''] = line.trim().split(' = ');
      return listed.split(' ').map((word) => [word, field]);
    }),
);

/** What a header most likely means; `undefined` leaves the column a custom field. */
export const guess = (header: string): Field | undefined => MEANINGS.get(fold(header));

/** A header as the importer calls the column: one without a name gets its place for one. */
export const columnName = (header: string, at: number): string => header.trim() || `column_${at + 1}`;

export interface Guessed {
  /** A field for every column. */
  fields: Field[];
  /** Columns that may all be the number: which of them is for a person to say, so none of them is taken for it. */
  candidates: string[];
}

/**
 * What was remembered first, then a guess from the header; the rest are custom fields. Of two columns that seem to be the
 * same field the first is it.
 */
export function guessColumns(headers: readonly string[], remembered: Readonly<Record<string, Field>> = {}): Guessed {
  const known = new Map(Object.entries(remembered).map(([header, field]) => [fold(header), field]));
  const fields: (Field | undefined)[] = headers.map(() => undefined);
  const take = (at: number, field: Field | undefined) => {
    if (field !== undefined && fields[at] === undefined && (field === 'ignore' || !fields.includes(field))) {
      fields[at] = field;
    }
  };
  headers.forEach((header, at) => take(at, fold(header) ? known.get(fold(header)) : undefined));
  const guesses = headers.map(guess);
  const possible = headers.filter((_, at) => fields[at] === undefined && guesses[at] === 'phone');
  const candidates = !fields.includes('phone') && possible.length > 1 ? possible : [];
  headers.forEach((_, at) => take(at, candidates.length > 0 && guesses[at] === 'phone' ? undefined : guesses[at]));
  return { fields: fields.map((field, at) => field ?? `custom:${columnName(headers[at] ?? '', at)}`), candidates };
}

/** What keeps a mapping from being used. */
export type MappingTrouble =
  | { kind: 'no-phone' }
  | { kind: 'twice'; field: Field; columns: string[] }
  | { kind: 'same-name'; name: string };

export function troubleWith(headers: readonly string[], fields: readonly Field[]): MappingTrouble | null {
  const names = headers.map(columnName);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) {
    return { kind: 'same-name', name: repeated };
  }
  if (!fields.includes('phone')) {
    return { kind: 'no-phone' };
  }
  const twice = fields.find((field, at) => field !== 'ignore' && fields.indexOf(field) !== at);
  return twice === undefined ? null : { kind: 'twice', field: twice, columns: names.filter((_, at) => fields[at] === twice) };
}

/** The mapping as the API takes it. */
export function toMapping(headers: readonly string[], fields: readonly Field[]): Record<string, Field> {
  return Object.fromEntries(headers.map((header, at) => [columnName(header, at), fields[at] ?? 'ignore']));
}
