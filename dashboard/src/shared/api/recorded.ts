import { useQuery } from '@tanstack/react-query';

import { LIVE } from '../live';
import { asProblem, problemOf } from './problem';

/**
 * What was recorded, as a file that the page holds. The address that it comes from needs no token, and must not get one.
 */
export function useRecorded(queryKey: readonly string[], address: () => Promise<{ url: string }>) {
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const { url } = await address();
      const response = await fetch(url, { signal });
      if (!response.ok) {
        throw problemOf(response.status, null);
      }
      return response.blob();
    },
    staleTime: Infinity,
    // It is copied from the provider within seconds of the call's end.
    refetchInterval: ({ state }) => (state.error && asProblem(state.error).kind === 'not-now' ? LIVE.closely : false),
  });
}
