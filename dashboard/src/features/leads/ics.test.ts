import { expect, it } from 'vitest';

import { icsOf, type Appointment } from './ics';

const APPOINTMENT: Appointment = {
  id: '5f0c6b1e',
  title: 'Spring service; Ada, Example',
  description: 'Telephone: +49 30 23125123\nC:\\keys',
  place: '',
  start: '2026-11-24T10:00:00+01:00',
  minutes: 45,
  now: '2026-11-21T08:00:00Z',
};

it('is the same instant in every calendar', () => {
  const file = icsOf(APPOINTMENT);
  expect(file).toContain('\r\nDTSTART:20261124T090000Z\r\nDTEND:20261124T094500Z\r\n');
  expect(file.startsWith('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')).toBe(true);
  expect(file.endsWith('END:VCALENDAR\r\n')).toBe(true);
});

it('what people type cannot add a line of its own', () => {
  const file = icsOf({ ...APPOINTMENT, title: 'x\r\nATTENDEE:mailto:eve@example.com', place: 'Rear, left' });
  expect(file).not.toMatch(/^ATTENDEE/m);
  expect(file).toContain('LOCATION:Rear\\, left');
  expect(icsOf(APPOINTMENT)).toContain('DESCRIPTION:Telephone: +49 30 23125123\\nC:\\\\keys');
  expect(icsOf(APPOINTMENT)).toContain('SUMMARY:Spring service\\; Ada\\, Example');
});

it('no line is longer than 75 bytes, and no letter is lost in folding', () => {
  const title = 'Überprüfung der Heizungsanlage 🔥 '.repeat(8).trim();
  const file = icsOf({ ...APPOINTMENT, title });
  const encoder = new TextEncoder();
  expect(Math.max(...file.split('\r\n').map((line) => encoder.encode(line).length))).toBeLessThanOrEqual(75);
  expect(file.replaceAll('\r\n ', '')).toContain(`SUMMARY:${title}\r\n`);
});
