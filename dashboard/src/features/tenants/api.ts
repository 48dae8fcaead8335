import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';

export type NewTenant = components['schemas']['NewTenant'];

export function useTenants(cursor: string | undefined) {
  return useQuery({
    queryKey: ['tenants', 'list', cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/tenants', { params: { query: { limit: 25, cursor } } })),
    placeholderData: keepPreviousData,
  });
}

export function useCreateTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ tenant, key }: { tenant: NewTenant; key: string }) =>
      unwrap(api().POST('/v1/tenants', { params: { header: { 'Idempotency-Key': key } }, body: tenant })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tenants'] }),
  });
}
