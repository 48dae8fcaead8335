import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import { asProblem, problemOf } from '../../shared/api/problem';
import type { Outcome } from '../../shared/api/types';
import { every, LIVE } from '../../shared/live';

export interface CallFilter {
  campaign?: string;
  contact?: string;
  outcome?: Outcome;
  answered?: boolean;
  from?: string;
  to?: string;
}

export function useCalls(filter: CallFilter, cursor: string | undefined) {
  return useQuery({
    queryKey: ['calls', 'list', filter, cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/calls', { params: { query: { limit: 25, ...filter, cursor } } })),
    placeholderData: keepPreviousData,
    // New calls come in at the top of the first page; a later page stays what it is.
    refetchInterval: () => every(LIVE.loosely, cursor === undefined && filter.to === undefined),
  });
}

export function useCall(attempt: string) {
  return useQuery({
    queryKey: ['calls', 'one', attempt],
    queryFn: () => unwrap(api().GET('/v1/calls/{attempt}', { params: { path: { attempt } } })),
    refetchInterval: ({ state }) => (state.data && !state.data.call.ended_at ? LIVE.closely : false),
  });
}

/** Names to the campaigns' ids. */
export function useCampaignNames() {
  return useQuery({
    queryKey: ['campaigns', 'names'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } }));
      return items.map(({ id, plan }) => ({ id, name: plan.name }));
    },
    staleTime: 60_000,
  });
}

/**
 * The recording itself: the page that shows it as a wave has to hold it. The address that it comes from needs no token,
 * and must not get one.
 */
export function useRecording(attempt: string) {
  return useQuery({
    queryKey: ['calls', 'recording', attempt],
    queryFn: async ({ signal }) => {
      const { url } = await unwrap(api().GET('/v1/calls/{attempt}/recording', { params: { path: { attempt } } }));
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
