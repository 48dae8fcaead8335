import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import { useMay } from '../../shared/api/queries';
import { every, LIVE } from '../../shared/live';

export function useOverview() {
  const may = useMay();
  return useQuery({
    queryKey: ['overview'],
    queryFn: () => unwrap(api().GET('/v1/overview')),
    enabled: may('read_overview'),
    refetchInterval: () => every(LIVE.loosely),
  });
}

/** The newest campaigns: whether there are any, and what has been completed last. */
export function useRecent() {
  const may = useMay();
  return useQuery({
    queryKey: ['campaigns', 'recent'],
    queryFn: () => unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 50 } } })),
    enabled: may('list_campaigns'),
  });
}

export function useImports() {
  const may = useMay();
  return useQuery({
    queryKey: ['imports', 'recent'],
    queryFn: () => unwrap(api().GET('/v1/imports', { params: { query: { limit: 20 } } })),
    enabled: may('list_imports'),
    refetchInterval: () => every(LIVE.loosely),
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
