import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Gather } from './gather';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('does the first at once and the last for sure, and no more than one in a gap', () => {
  const gather = new Gather();
  const done: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    gather.do('counters', 1_000, () => done.push(at));
    vi.advanceTimersByTime(300);
  }
  // Those in between were asked for and are covered by the one at the end of the gap.
  expect(done).toEqual([0, 3, 6, 9]);
  gather.do('counters', 1_000, () => done.push(99));
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual([0, 3, 6, 9, 99]);
  gather.do('counters', 1_000, () => done.push(10));
  expect(done.at(-1)).toBe(10);
});

it('keeps things apart, and does nothing once stopped', () => {
  const gather = new Gather();
  const act = vi.fn();
  gather.do('one', 1_000, act);
  gather.do('other', 1_000, act);
  gather.do('other', 1_000, act);
  expect(act).toHaveBeenCalledTimes(2);
  gather.stop();
  vi.advanceTimersByTime(5_000);
  expect(act).toHaveBeenCalledTimes(2);
});
