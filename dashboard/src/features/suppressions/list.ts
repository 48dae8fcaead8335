import Papa from 'papaparse';

import { api, unwrap } from '../../shared/api/client';
import type { SuppressionReason, SuppressionScope } from '../../shared/api/types';

/** As many as the API takes in one request. */
const AT_ONCE = 1_000;

export interface Entry {
  /** The line it stands on, as a text editor counts. */
  line: number;
  text: string;
}

const looksLikeAnAddress = (cell: string): boolean => cell.includes('@') || cell.replace(/\D/g, '').length >= 5;

/** A list from elsewhere: one address a line, or a table in which one column is mostly addresses. */
export function entriesOf(text: string): Entry[] {
  const body = text.replace(/^\ufeff/, '');
  const { data } = Papa.parse<string[]>(body, { delimitersToGuess: [';', '\t', '|', ','], delimiter: /[;\t|,]/.test(body) ? undefined : ';' });
  const rows = data.map((cells, at) => ({ line: at + 1, cells: cells.map((cell) => cell.trim()) })).filter(({ cells }) => cells.some(Boolean));
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const score = (column: number) => rows.filter(({ cells }) => looksLikeAnAddress(cells[column] ?? '')).length;
  const column = Array.from({ length: width }, (_, at) => at).reduce((best, at) => (score(at) > score(best) ? at : best), 0);
  const entries = rows.map(({ line, cells }) => ({ line, text: cells[column] ?? '' })).filter(({ text: cell }) => cell !== '');
  const [first, ...rest] = entries;
  // A header is what is no address above those that are.
  return first && rest.some((entry) => looksLikeAnAddress(entry.text)) && !looksLikeAnAddress(first.text) ? rest : entries;
}

export interface Refused extends Entry {
  message: string;
}

export interface Outcome {
  suppressed: number;
  refused: Refused[];
}

interface Choices {
  reason: SuppressionReason;
  scope: SuppressionScope;
  country: string | null;
}

/** Sends a list part by part. Sending a part again changes nothing, so after a failure all of it may be sent once more. */
export async function suppressAll(entries: readonly Entry[], choices: Choices, onProgress: (sent: number) => void): Promise<Outcome> {
  const outcome: Outcome = { suppressed: 0, refused: [] };
  for (let from = 0; from < entries.length; from += AT_ONCE) {
    const part = entries.slice(from, from + AT_ONCE);
    const body = { addresses: part.map(({ text }) => text), ...choices };
    const { suppressed, invalid } = await unwrap(api().POST('/v1/suppressions/import', { body }));
    outcome.suppressed += suppressed;
    outcome.refused.push(...invalid.flatMap(({ index, message }) => (part[index] ? [{ ...part[index], message }] : [])));
    onProgress(from + part.length);
  }
  return outcome;
}
