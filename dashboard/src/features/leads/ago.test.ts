import { expect, it } from 'vitest';

import { ago } from './ago';

const NOW = Date.parse('2026-11-21T12:00:00Z');

it('says how long ago it was, and never that it will be', () => {
  const said = (instant: string) => ago(instant, NOW, 'en-GB');
  expect(said('2026-11-21T11:59:40Z')).toBe('this minute');
  expect(said('2026-11-21T11:15:00Z')).toBe('45 minutes ago');
  expect(said('2026-11-21T09:59:00Z')).toBe('2 hours ago');
  expect(said('2026-11-20T11:00:00Z')).toBe('yesterday');
  expect(said('2026-11-21T12:00:03Z')).toBe('this minute');
  expect(ago('2026-11-18T12:00:00Z', NOW, 'de-DE')).toBe('vor 3 Tagen');
});
