import { useSyncExternalStore } from 'react';

const query = '(max-width: 688px)';

/** A telephone's width: tables that are wide become few columns. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(query).matches,
  );
}
