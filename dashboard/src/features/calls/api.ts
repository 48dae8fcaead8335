import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { Outcome } from '../../shared/api/types';
import { LIVE } from '../../shared/live';

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
    refetchInterval: cursor === undefined && filter.to === undefined ? LIVE.loosely : false,
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
