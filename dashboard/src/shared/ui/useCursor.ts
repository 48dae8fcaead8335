import { useState } from 'react';

interface Trail {
  key: string;
  /** Where each page that was seen begins. */
  cursors: readonly (string | undefined)[];
  at: number;
}

/** The page at which each list was left: coming back from one of its entries is coming back to that page. */
const left = new Map<string, Trail>();

const start = (key: string): Trail => ({ key, cursors: [undefined], at: 0 });

/** The trail with another page; one that was never seen must be the next. */
export function turn(trail: Trail, wanted: number, next: string | null | undefined): Trail {
  if (wanted >= 0 && wanted < trail.cursors.length) {
    return { ...trail, at: wanted };
  }
  return next ? { ...trail, cursors: [...trail.cursors.slice(0, trail.at + 1), next], at: trail.at + 1 } : trail;
}

/**
 * Pages of a list that only tells where the next one begins: the way back is remembered. `key` names the list with its
 * filters; another key starts at the first page.
 */
export function useCursor(key: string) {
  const [state, setState] = useState<Trail>(() => left.get(key) ?? start(key));
  const trail = state.key === key ? state : start(key);
  const go = (to: Trail) => {
    left.set(key, to);
    setState(to);
  };
  return {
    cursor: trail.cursors[trail.at],
    /** For Cloudscape's Pagination. How many pages there are is not known before the last. */
    pagination: (next: string | null | undefined) => ({
      currentPageIndex: trail.at + 1,
      pagesCount: Math.max(trail.cursors.length, trail.at + 1 + (next ? 1 : 0)),
      openEnd: Boolean(next) && trail.at === trail.cursors.length - 1,
      onChange: ({ detail }: { detail: { currentPageIndex: number } }) => go(turn(trail, detail.currentPageIndex - 1, next)),
    }),
  };
}
