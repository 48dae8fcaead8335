import type { components } from '../../shared/api/schema';

type Answer = components['schemas']['Minutes'];

/** How far back, hours, and how many minutes are then taken together. */
export const SPANS = { 1: 1, 6: 5, 24: 15 } as const;
export type Span = keyof typeof SPANS;

export interface Bucket {
  at: Date;
  calls: number;
  answered: number;
}

const MINUTE_MS = 60_000;

/** Every stretch of the span with what it came to, those without calls too, up to the one that is not over yet. */
export function buckets({ as_of, minutes }: Answer, span: Span): Bucket[] {
  const size = SPANS[span] * MINUTE_MS;
  const last = Math.floor(Date.parse(as_of) / size);
  const first = last - (span * 60) / SPANS[span] + 1;
  const found = Array.from({ length: last - first + 1 }, (_, index) => ({ at: new Date((first + index) * size), calls: 0, answered: 0 }));
  for (const { at, calls, answered } of minutes) {
    const bucket = found[Math.floor(Date.parse(at) / size) - first];
    if (bucket) {
      bucket.calls += calls;
      bucket.answered += answered;
    }
  }
  return found;
}
