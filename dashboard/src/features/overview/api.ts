import { useQueries, useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import { useMay } from '../../shared/api/queries';
import type { Campaign, CampaignState } from '../../shared/api/types';
import { LIVE } from '../../shared/live';

const CURRENT: readonly CampaignState[] = ['running', 'stopping', 'paused', 'scheduled'];

/** Those that are under way, whatever moves first. */
export const isCurrent = ({ state }: Campaign): boolean => CURRENT.includes(state);

/** The newest campaigns: what is under way is among them. */
export function useRecent() {
  const may = useMay();
  return useQuery({
    queryKey: ['campaigns', 'recent'],
    queryFn: () => unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } })),
    enabled: may('list_campaigns'),
    refetchInterval: LIVE.loosely,
  });
}

export function useProgresses(campaigns: readonly Campaign[]) {
  return useQueries({
    queries: campaigns.map(({ id }) => ({
      queryKey: ['campaigns', 'progress', id],
      queryFn: () => unwrap(api().GET('/v1/campaigns/{campaign}/progress', { params: { path: { campaign: id } } })),
      refetchInterval: LIVE.loosely,
    })),
    combine: (results) => ({
      byId: new Map(results.flatMap(({ data }) => (data ? [[data.campaign, data] as const] : []))),
      // As old as the oldest of them.
      at: Math.min(...results.map(({ dataUpdatedAt }) => dataUpdatedAt)),
      failing: results.some(({ isRefetchError }) => isRefetchError),
    }),
  });
}

export function useImports() {
  const may = useMay();
  return useQuery({
    queryKey: ['imports', 'recent'],
    queryFn: () => unwrap(api().GET('/v1/imports', { params: { query: { limit: 20 } } })),
    enabled: may('list_imports'),
    refetchInterval: LIVE.loosely,
  });
}

export function useTwilio() {
  const may = useMay();
  return useQuery({
    queryKey: ['settings', 'twilio'],
    queryFn: () => unwrap(api().GET('/v1/settings/twilio')),
    enabled: may('read_twilio'),
    staleTime: 60_000,
  });
}
