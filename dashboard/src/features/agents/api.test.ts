import { expect, it } from 'vitest';

import { askAgainIn } from './api';

const now = Date.parse('2026-11-21T12:00:00Z');

it('asks often while a call may come, and seldom while none does', () => {
  expect(askAgainIn(null, now)).toBe(15_000);
  expect(askAgainIn({ state: 'offline' }, now)).toBe(15_000);
  expect(askAgainIn({ state: 'available' }, now)).toBe(1_000);
});

it('asks when a time has run out, for nobody tells of that', () => {
  expect(askAgainIn({ state: 'wrap_up', until: '2026-11-21T12:00:00.500Z' }, now)).toBe(700);
  expect(askAgainIn({ state: 'wrap_up', until: '2026-11-21T11:59:00Z' }, now)).toBe(200);
  expect(askAgainIn({ state: 'wrap_up', until: '2026-11-21T12:05:00Z' }, now)).toBe(1_000);
});
