/** A wall clock's date and time, `2027-03-01` and `09:00`. */
export interface Local {
  date: string;
  time: string;
}

function wallClock(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** The instant at which a zone's clock shows this; `null` for what is no date. An hour that a clock change skips is
 * read as the hour after it. */
export function instantOf({ date, time }: Local, zone: string): string | null {
  const wanted = Date.parse(`${date}T${time || '00:00'}:00Z`);
  if (Number.isNaN(wanted)) {
    return null;
  }
  // The offset is that of the result, which the offset decides: the second guess is right unless a change lies between.
  let at = wanted;
  for (let guess = 0; guess < 2; guess += 1) {
    at = wanted - (wallClock(at, zone) - at);
  }
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

export function localOf(instant: string, zone: string): Local {
  const shown = new Date(wallClock(Date.parse(instant), zone)).toISOString();
  return { date: shown.slice(0, 10), time: shown.slice(11, 16) };
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name !== '';
  } catch {
    return false;
  }
}
