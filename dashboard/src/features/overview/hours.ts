import type { components } from '../../shared/api/schema';

type Day = Pick<components['schemas']['Overview'], 'today_from' | 'by_hour' | 'as_of'>;

export interface Hour {
  from: Date;
  /** Its last moment. */
  to: Date;
  calls: number;
  answered: number;
}

const HOUR_MS = 3_600_000;

/** A single column would be no chart. */
const HOURS_MIN = 6;

/**
 * Every hour from the day's first call to now, those without calls too: a gap is to be seen. None on a day without calls;
 * soon after the first one, some hours before it, as far as they belong to the day.
 */
export function hoursOf({ today_from, by_hour, as_of }: Day): Hour[] {
  const found = new Map(by_hour.map((hour) => [Date.parse(hour.from), hour]));
  if (found.size === 0) {
    return [];
  }
  const now = Date.parse(as_of);
  const recent = Math.floor(now / HOUR_MS) * HOUR_MS - (HOURS_MIN - 1) * HOUR_MS;
  const first = Math.max(Date.parse(today_from), Math.min(recent, ...found.keys()));
  const hours: Hour[] = [];
  for (let at = first; at <= now; at += HOUR_MS) {
    const { calls, answered } = found.get(at) ?? { calls: 0, answered: 0 };
    hours.push({ from: new Date(at), to: new Date(at + HOUR_MS - 1), calls, answered });
  }
  return hours;
}
