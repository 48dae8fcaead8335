import { expect, it } from 'vitest';

import { turn } from './useCursor';

it('goes on where the page says, and back to where it was', () => {
  const first = { key: 'k', cursors: [undefined], at: 0 };
  const second = turn(first, 1, 'b');
  expect(second).toEqual({ key: 'k', cursors: [undefined, 'b'], at: 1 });
  const third = turn(second, 2, 'c');
  const back = turn(third, 0, 'b');
  expect(back.at).toBe(0);
  // A page that was seen is found again where it was.
  expect(turn(back, 2, 'b')).toEqual({ key: 'k', cursors: [undefined, 'b', 'c'], at: 2 });
  // At the end there is no further.
  expect(turn(third, 3, null)).toBe(third);
});
