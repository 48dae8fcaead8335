import type { Texts } from '../i18n';
import { clock, DAYS, runs, type Day, type Week } from './week';

/** 2024-01-01 was a Monday. */
const dateOf = (day: Day): Date => new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));

export function dayName(day: Day, { format }: Texts, length: 'long' | 'short' = 'long'): string {
  return new Intl.DateTimeFormat(format.locale, { weekday: length, timeZone: 'UTC' }).format(dateOf(day));
}

/** `Mon–Fri 09:00–18:00; Sat 10:00–14:00`. */
export function weekWords(week: Week, texts: Texts): string {
  return runs(week)
    .map(({ first, last, intervals }) => {
      const days = first === last ? dayName(first, texts, 'short') : `${dayName(first, texts, 'short')}–${dayName(last, texts, 'short')}`;
      return `${days} ${intervals.map(([from, to]) => `${clock(from)}–${clock(to)}`).join(', ')}`;
    })
    .join('; ');
}
