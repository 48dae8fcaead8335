import type { FrequencyCap } from '../../shared/api/types';

/** Periods that a limit may count in: what the page offers. Others, set through the API, are kept as they are. */
export const PERIODS = ['calendar-day', 'PT24H', 'P7D', 'P30D', 'calendar-month'] as const;
export type Period = (typeof PERIODS)[number];

export interface CapForm {
  name: string;
  channel: NonNullable<FrequencyCap['channel']> | '';
  count: string;
  per: string;
}

export const newCap = (): CapForm => ({ name: '', channel: 'voice', count: '3', per: 'P7D' });

export const capFormOf = (cap: FrequencyCap): CapForm => ({
  name: cap.name,
  channel: cap.channel ?? '',
  count: String(cap.count),
  // The API writes a week of hours as it likes.
  per: PERIODS.find((period) => seconds(period) !== null && seconds(period) === seconds(cap.per)) ?? cap.per,
});

export const capOf = (cap: CapForm): FrequencyCap => ({
  name: cap.name.trim(),
  channel: cap.channel === '' ? null : cap.channel,
  count: Number(cap.count),
  per: cap.per,
});

function seconds(period: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(period);
  if (!match) {
    return null;
  }
  const [weeks = 0, days = 0, hours = 0, minutes = 0, rest = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * 3_600 + minutes * 60 + rest;
}

export type CapFault = 'name' | 'count';

export function faultOf(cap: CapForm): CapFault | null {
  if (cap.name.trim() === '') {
    return 'name';
  }
  return /^\d+$/.test(cap.count.trim()) && Number(cap.count) >= 1 && Number(cap.count) <= 65_535 ? null : 'count';
}
