import { QueryClient, useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import { asProblem } from './problem';
import type { Me } from './types';

/** Waiting helps against these; against the others only a change does. */
const passing = (error: unknown): boolean => ['busy', 'internal', 'offline'].includes(asProblem(error).kind);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => passing(error) && failures < 2,
      staleTime: 5_000,
      // A number that could not be refreshed stays, with a sign (see ui/Freshness): it is not replaced by an error.
      refetchOnWindowFocus: true,
      refetchOnReconnect: true,
    },
    mutations: { retry: false },
  },
});

export function useMe(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ['me'],
    queryFn: () => unwrap(api().GET('/v1/me')),
    staleTime: 5 * 60_000,
  });
}

/** Whether the role allows an operation, by its id in the OpenAPI document. The API refuses the rest anyway. */
export function useMay(): (operation: string) => boolean {
  const { data } = useMe();
  return (operation) => may(data, operation);
}

export function may(me: Me | undefined, operation: string): boolean {
  return me?.operations.includes(operation) ?? false;
}
