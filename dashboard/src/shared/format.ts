import type { Preferences } from './preferences';

/** `en-GB` for its dates: day before month, 24 hours, as in the German catalogue. */
const LOCALES: Record<Preferences['language'], string> = { en: 'en-GB', de: 'de-DE' };

export interface Format {
  locale: string;
  number: (value: number) => string;
  percent: (value: number | null | undefined) => string;
  dateTime: (value: string | null | undefined, zone?: string) => string;
  time: (value: string | number | Date) => string;
  /** When an hour begins: `16:00`. */
  hour: (value: Date) => string;
  bytes: (value: number | null | undefined) => string;
  seconds: (value: number | null | undefined) => string;
  country: (code: string | null | undefined) => string;
}

export const NONE = '–';

export function formatFor(language: Preferences['language']): Format {
  const locale = LOCALES[language];
  const number = new Intl.NumberFormat(locale);
  const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const countries = new Intl.DisplayNames([locale], { type: 'region' });
  return {
    locale,
    number: (value) => number.format(value),
    percent: (value) => (value === null || value === undefined ? NONE : percent.format(value / 100)),
    dateTime: (value, zone) =>
      value
        ? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(new Date(value))
        : NONE,
    time: (value) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(new Date(value)),
    hour: (value) => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(value),
    bytes: (value) => {
      if (value === null || value === undefined) {
        return NONE;
      }
      const step = value < 1_000 ? 0 : value < 1_000_000 ? 1 : value < 1_000_000_000 ? 2 : 3;
      return `${tenth.format(value / 1_000 ** step)}\u00a0${['B', 'kB', 'MB', 'GB'][step] ?? ''}`;
    },
    seconds: (value) => {
      if (value === null || value === undefined) {
        return NONE;
      }
      const [hours, minutes, rest] = [Math.floor(value / 3600), Math.floor(value / 60) % 60, Math.floor(value % 60)];
      const two = (part: number) => String(part).padStart(2, '0');
      return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
    },
    country: (code) => {
      if (!code) {
        return NONE;
      }
      return /^[A-Z]{2}$/.test(code) ? (countries.of(code) ?? code) : code;
    },
  };
}
