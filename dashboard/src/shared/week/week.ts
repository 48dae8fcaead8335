import type { WeekWindow } from '../api/types';

/** Monday first, as the API names them. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** Minutes since midnight, from and to; sorted, and neither overlapping nor touching. */
export type Interval = readonly [from: number, to: number];
export type Week = Record<Day, readonly Interval[]>;

const DAY_MINUTES = 24 * 60;
const HOUR = 60;

export const emptyWeek = (): Week => ({ mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] });

const two = (part: number): string => String(part).padStart(2, '0');
export const clock = (minutes: number): string => `${two(Math.floor(minutes / HOUR))}:${two(minutes % HOUR)}`;

/** `9`, `9:30`, `09:30` or `24:00` as minutes; nothing else. */
export function parseClock(text: string): number | null {
  const match = /^(\d{1,2})(?:[:.](\d{2}))?$/.exec(text.trim());
  if (!match) {
    return null;
  }
  const [hours, minutes] = [Number(match[1]), Number(match[2] ?? 0)];
  const total = hours * HOUR + minutes;
  return minutes < HOUR && total <= DAY_MINUTES ? total : null;
}

/** In order, with what overlaps or touches joined. */
export function normal(intervals: readonly Interval[]): readonly Interval[] {
  const sorted = intervals.filter(([from, to]) => from < to).toSorted((a, b) => a[0] - b[0]);
  const joined: Interval[] = [];
  for (const next of sorted) {
    const last = joined.at(-1);
    if (last && next[0] <= last[1]) {
      joined[joined.length - 1] = [last[0], Math.max(last[1], next[1])];
    } else {
      joined.push(next);
    }
  }
  return joined;
}

export function weekOf(window: WeekWindow): Week {
  const week = emptyWeek();
  for (const day of DAYS) {
    week[day] = normal(
      (window[day] ?? []).flatMap(([from = '', to = '']) => {
        const [start, end] = [parseClock(from), parseClock(to)];
        return start === null || end === null ? [] : [[start, end] as const];
      }),
    );
  }
  return week;
}

export function windowOf(week: Week): WeekWindow {
  const days = DAYS.filter((day) => week[day].length > 0);
  return Object.fromEntries(days.map((day) => [day, week[day].map(([from, to]) => [clock(from), clock(to)])]));
}

export const isNeverOpen = (week: Week): boolean => DAYS.every((day) => week[day].length === 0);

/** `part`: some minutes of the hour are open and some are not. */
export type Cell = 'open' | 'closed' | 'part';

export function cell(week: Week, day: Day, hour: number): Cell {
  const [from, to] = [hour * HOUR, (hour + 1) * HOUR];
  const open = week[day].reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)), 0);
  return open === 0 ? 'closed' : open === HOUR ? 'open' : 'part';
}

/** The day's hours with `from` to `to` (minutes) opened or closed; the minutes around them stay as they are. */
function painted(intervals: readonly Interval[], from: number, to: number, open: boolean): readonly Interval[] {
  const around = intervals.flatMap(([start, end]): Interval[] => [
    [start, Math.min(end, from)],
    [Math.max(start, to), end],
  ]);
  return normal(open ? [...around, [from, to]] : around);
}

/** Opens or closes every whole hour of the rectangle between two cells. */
export function paint(week: Week, from: { day: number; hour: number }, to: { day: number; hour: number }, open: boolean): Week {
  const result = { ...week };
  const [firstDay, lastDay] = [Math.min(from.day, to.day), Math.max(from.day, to.day)];
  const [firstHour, lastHour] = [Math.min(from.hour, to.hour), Math.max(from.hour, to.hour)];
  for (const day of DAYS.slice(firstDay, lastDay + 1)) {
    result[day] = painted(week[day], firstHour * HOUR, (lastHour + 1) * HOUR, open);
  }
  return result;
}

/** A day's hours as people type them: `09:00-12:00, 13:00-18:30`. */
export const dayText = (intervals: readonly Interval[]): string =>
  intervals.map(([from, to]) => `${clock(from)}–${clock(to)}`).join(', ');

/** What `dayText` writes, and what people make of it; `null` if it cannot be understood. */
export function parseDay(text: string): readonly Interval[] | null {
  const intervals: Interval[] = [];
  for (const part of text.split(/[,;]/).map((piece) => piece.trim()).filter(Boolean)) {
    const ends = part.split(/\s*(?:-|–|to|bis)\s*/);
    const [from, to] = [parseClock(ends[0] ?? ''), parseClock(ends[1] ?? '')];
    if (ends.length !== 2 || from === null || to === null || from >= to) {
      return null;
    }
    intervals.push([from, to]);
  }
  return normal(intervals);
}

/** Runs of days with the same hours, closed days left out. */
export function runs(week: Week): { first: Day; last: Day; intervals: readonly Interval[] }[] {
  const found: { first: Day; last: Day; intervals: readonly Interval[] }[] = [];
  DAYS.forEach((day, index) => {
    const intervals = week[day];
    const before = index > 0 ? week[DAYS[index - 1] ?? 'mon'] : undefined;
    const last = found.at(-1);
    if (intervals.length > 0 && last && before && dayText(before) === dayText(intervals)) {
      last.last = day;
    } else if (intervals.length > 0) {
      found.push({ first: day, last: day, intervals });
    }
  });
  return found;
}

/** Hours as the API writes them of a rule: `Mon-Fri 09:00-12:00 13:00-20:00; Sat 09:00-17:00`. */
export function parseRuleHours(text: string): Week | null {
  const week = emptyWeek();
  for (const part of text.split(';')) {
    const [days = '', ...hours] = part.trim().split(/\s+/);
    const [first = '', last = first] = days.toLowerCase().split('-');
    const [from, to] = [DAYS.findIndex((day) => day === first), DAYS.findIndex((day) => day === last)];
    const intervals = parseDay(hours.join(','));
    if (from < 0 || to < from || intervals === null) {
      return null;
    }
    for (const day of DAYS.slice(from, to + 1)) {
      week[day] = intervals;
    }
  }
  return week;
}

/** The hours that are open in both. */
export function intersection(a: Week, b: Week): Week {
  const result = emptyWeek();
  for (const day of DAYS) {
    result[day] = normal(
      a[day].flatMap(([from, to]) => b[day].map(([start, end]): Interval => [Math.max(from, start), Math.min(to, end)])),
    );
  }
  return result;
}

export const openHours = (week: Week): number =>
  DAYS.reduce((sum, day) => sum + week[day].reduce((minutes, [from, to]) => minutes + to - from, 0), 0) / HOUR;
