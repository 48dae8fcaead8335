import { useMutation } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';

export type NewTenant = components['schemas']['NewTenant'];

export function useCreateTenant() {
  return useMutation({
    mutationFn: ({ tenant, key }: { tenant: NewTenant; key: string }) =>
      unwrap(api().POST('/v1/tenants', { params: { header: { 'Idempotency-Key': key } }, body: tenant })),
  });
}

export function useFindTenant() {
  return useMutation({
    mutationFn: (tenant: string) => unwrap(api().GET('/v1/tenants/{tenant}', { params: { path: { tenant } } })),
  });
}
