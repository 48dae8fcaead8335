/** ISO 8601 durations, as retry rules have them: days and shorter, which have a length of their own. */
export type Unit = 'seconds' | 'minutes' | 'hours' | 'days';

export interface Wait {
  amount: number;
  unit: Unit;
}

export const UNITS: readonly Unit[] = ['seconds', 'minutes', 'hours', 'days'];

export const SECONDS: Record<Unit, number> = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 };

export function parseIso(text: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text);
  if (!match || text.length < 3) {
    return null;
  }
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return weeks * 7 * SECONDS.days + days * SECONDS.days + hours * SECONDS.hours + minutes * SECONDS.minutes + seconds;
}

/** The largest unit that says it without a fraction. */
export function waitOf(seconds: number): Wait {
  const unit = UNITS.findLast((one) => seconds >= SECONDS[one] && seconds % SECONDS[one] === 0) ?? 'seconds';
  return { amount: seconds / SECONDS[unit], unit };
}

export const secondsOf = ({ amount, unit }: Wait): number => Math.round(amount * SECONDS[unit]);

export function isoOf(wait: Wait): string {
  const seconds = secondsOf(wait);
  const { amount, unit } = waitOf(seconds);
  switch (unit) {
    case 'days':
      return `PT${amount * 24}H`;
    case 'hours':
      return `PT${amount}H`;
    case 'minutes':
      return `PT${amount}M`;
    case 'seconds':
      return `PT${amount}S`;
  }
}
