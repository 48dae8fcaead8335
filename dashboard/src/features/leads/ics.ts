/** An appointment as it goes into a calendar. */
export interface Appointment {
  /** Names it for good: the same file opened twice is one entry. */
  id: string;
  title: string;
  /** Plain text; may have lines. */
  description: string;
  place: string;
  /** ISO 8601 with its offset. */
  start: string;
  minutes: number;
  /** When the file was made. */
  now: string;
}

const OCTETS_MAX = 75;

/** `20261124T090000Z`: in UTC, so that no timezone has to be explained to the calendar. */
const stamp = (instant: string | number): string => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, '');

const escaped = (text: string): string => text.replace(/[\\;,]/g, (found) => `\\${found}`).replace(/\r?\n/g, '\\n');

/** No line is longer than 75 bytes; one that would be goes on after a line end and a space. No character is cut in two. */
function folded(line: string): string {
  const encoder = new TextEncoder();
  let out = '';
  let octets = 0;
  for (const character of line) {
    const size = encoder.encode(character).length;
    if (octets + size > OCTETS_MAX) {
      out += '\r\n ';
      octets = 1;
    }
    out += character;
    octets += size;
  }
  return out;
}

/** The appointment as an iCalendar file (RFC 5545), which every calendar opens. */
export function icsOf({ id, title, description, place, start, minutes, now }: Appointment): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Carillon//Leads//EN',
    'BEGIN:VEVENT',
    `UID:${id}@carillon`,
    `DTSTAMP:${stamp(now)}`,
    `DTSTART:${stamp(start)}`,
    `DTEND:${stamp(Date.parse(start) + 60_000 * minutes)}`,
    `SUMMARY:${escaped(title)}`,
    ...(description ? [`DESCRIPTION:${escaped(description)}`] : []),
    ...(place ? [`LOCATION:${escaped(place)}`] : []),
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    `DESCRIPTION:${escaped(title)}`,
    'TRIGGER:-PT15M',
    'END:VALARM',
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  return `${lines.map(folded).join('\r\n')}\r\n`;
}
