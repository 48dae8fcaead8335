import { useQueries, useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { Campaign } from './types';

/** States in which a campaign takes no more contacts. */
const CLOSED: readonly Campaign['state'][] = ['stopping', 'completed', 'archived'];

/** Campaigns to choose from when contacts are to be enrolled: the newest, and of those the ones that take any. */
export function useOpenCampaigns() {
  return useQuery({
    queryKey: ['campaigns', 'open'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } }));
      return items.filter(({ state }) => !CLOSED.includes(state));
    },
    staleTime: 30_000,
  });
}

/** The newest campaigns, to filter by: what people call them, and their ids. */
export function useCampaignChoices() {
  return useQuery({
    queryKey: ['campaigns', 'names'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } }));
      return items.map(({ id, plan }) => ({ id, name: plan.name }));
    },
    staleTime: 60_000,
  });
}

/** What people call these campaigns; the id until that is known, or if it is no longer there. */
export function useCampaignNames(ids: readonly string[]): (id: string) => string {
  const distinct = [...new Set(ids)];
  return useQueries({
    queries: distinct.map((id) => ({
      queryKey: ['campaigns', 'name', id],
      queryFn: async () => (await unwrap(api().GET('/v1/campaigns/{campaign}', { params: { path: { campaign: id } } }))).plan.name,
      staleTime: 5 * 60_000,
    })),
    combine: (results) => {
      const names = new Map(distinct.map((id, at) => [id, results[at]?.data]));
      return (id: string) => names.get(id) ?? id;
    },
  });
}
