import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import { asProblem } from './problem';
import type { NumberChecked } from './types';

/** A number as it stands in a file, and the country that its row names. */
export interface Written {
  number: string;
  country: string;
}

/** The most that the API looks at in one request. */
const AT_ONCE = 1_000;

/** What stands in for an answer where a row names a country that is none. */
const NO_COUNTRY: NumberChecked = { valid: false, code: 'unknown_country', reason: '', zones: [] };

const keyOf = ({ number, country }: Written): string => `${country}\n${number}`;

/** Each number once, sorted into requests: one country in each, and no more numbers than one takes. */
export function batches(numbers: readonly Written[]): { country: string; numbers: string[] }[] {
  const byCountry = new Map<string, Set<string>>();
  for (const { number, country } of numbers) {
    const known = byCountry.get(country) ?? new Set<string>();
    byCountry.set(country, known.add(number));
  }
  return [...byCountry].flatMap(([country, set]) => {
    const all = [...set];
    return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, at) => ({
      country,
      numbers: all.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
    }));
  });
}

async function check(numbers: readonly Written[]): Promise<Map<string, NumberChecked>> {
  const answers = new Map<string, NumberChecked>();
  for (const batch of batches(numbers)) {
    try {
      const body = { numbers: batch.numbers, country: batch.country || null };
      const { numbers: checked } = await unwrap(api().POST('/v1/numbers/validate', { body }));
      batch.numbers.forEach((number, at) => answers.set(keyOf({ number, country: batch.country }), checked[at] ?? NO_COUNTRY));
    } catch (error) {
      if (asProblem(error).kind !== 'validation') {
        throw error;
      }
      batch.numbers.forEach((number) => answers.set(keyOf({ number, country: batch.country }), NO_COUNTRY));
    }
  }
  return answers;
}

/** What the importer would make of these numbers; `of` gives nothing for those that are not known yet. */
export function useNumbers(numbers: readonly Written[]) {
  const query = useQuery({
    queryKey: ['numbers', numbers.map(keyOf)],
    queryFn: () => check(numbers),
    enabled: numbers.length > 0,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  return { of: (written: Written) => query.data?.get(keyOf(written)), error: query.error, pending: query.isFetching };
}
