import type { Progress } from '../../shared/api/types';

/** Why a campaign's planner wakes when it does, as the end of a catalogue key. */
export type WakeReason = 'start' | 'stopping' | 'dailyLimit' | 'import' | 'calls' | 'soon' | 'later';

const SOON_MS = 90_000;

/** What can be told of it from the numbers; `null` while nothing is planned. */
export function wakeReason(progress: Progress, now: number): WakeReason | null {
  const { state, next_wake_at: wake } = progress;
  if (!wake) {
    return null;
  }
  if (state === 'scheduled') {
    return 'start';
  }
  if (state === 'stopping') {
    return 'stopping';
  }
  if (Date.parse(wake) - now <= SOON_MS) {
    return 'soon';
  }
  if (progress.daily_limit && progress.planned_today >= progress.daily_limit) {
    return 'dailyLimit';
  }
  if (progress.waiting === 0 && progress.imports_open.length > 0) {
    return 'import';
  }
  return progress.calls_in_progress > 0 && progress.waiting <= progress.calls_in_progress ? 'calls' : 'later';
}

/** `in 4 minutes`, in the largest unit of which there is at least one. */
export function until(instant: string, now: number, locale: string): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1_000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  const size = Math.abs(seconds);
  if (size < 60) {
    return relative.format(seconds, 'second');
  }
  if (size < 3_600) {
    return relative.format(Math.round(seconds / 60), 'minute');
  }
  return size < 2 * 86_400 ? relative.format(Math.round(seconds / 3_600), 'hour') : relative.format(Math.round(seconds / 86_400), 'day');
}
