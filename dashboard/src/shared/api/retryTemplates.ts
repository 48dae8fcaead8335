import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { components } from './schema';

export type RetryTemplate = components['schemas']['RetryTemplate'];

/** Retry policies with names: a page of them is more than anybody keeps. */
export function useRetryTemplates(enabled = true) {
  return useQuery({
    queryKey: ['retry-templates'],
    queryFn: async () => (await unwrap(api().GET('/v1/retry-templates', { params: { query: { limit: 200 } } }))).items,
    enabled,
    staleTime: 30_000,
  });
}

export function useSaveRetryTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ template, body, key }: { template: RetryTemplate | null; body: components['schemas']['NewRetryTemplate']; key: string }) =>
      unwrap(
        template
          ? api().PUT('/v1/retry-templates/{template}', {
              params: { path: { template: template.id }, header: { 'If-Match': `"${template.version}"` } },
              body,
            })
          : api().POST('/v1/retry-templates', { params: { header: { 'Idempotency-Key': key } }, body }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['retry-templates'] }),
  });
}

export function useDeleteRetryTemplate() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: RetryTemplate) =>
      unwrap(api().DELETE('/v1/retry-templates/{template}', { params: { path: { template: id }, header: { 'If-Match': `"${version}"` } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['retry-templates'] }),
  });
}
