import { useState } from 'react';

/**
 * Pages of a list that only tells where the next one begins: the way back is remembered. `key` names the list with its
 * filters; another key starts at the first page.
 */
export function useCursor(key: string) {
  const [state, setState] = useState<{ key: string; cursors: (string | undefined)[]; at: number }>({ key, cursors: [undefined], at: 0 });
  const { cursors, at } = state.key === key ? state : { cursors: [undefined], at: 0 };
  return {
    cursor: cursors[at],
    /** For Cloudscape's Pagination. */
    pagination: (next: string | null | undefined) => ({
      currentPageIndex: at + 1,
      pagesCount: Math.max(cursors.length, at + 1 + (next ? 1 : 0)),
      onChange: ({ detail }: { detail: { currentPageIndex: number } }) => {
        const wanted = detail.currentPageIndex - 1;
        if (wanted < cursors.length) {
          setState({ key, cursors, at: wanted });
        } else if (next) {
          setState({ key, cursors: [...cursors, next], at: cursors.length });
        }
      },
    }),
  };
}
