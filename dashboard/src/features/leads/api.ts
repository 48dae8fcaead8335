import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';
import { every, LIVE } from '../../shared/live';

export type Call = components['schemas']['Call'];

/** People who showed interest: by a key, or to an agent. Newest first, each once a page. */
export function useLeads(campaign: string | undefined, cursor: string | undefined) {
  return useQuery({
    queryKey: ['leads', 'list', campaign ?? null, cursor ?? null],
    queryFn: async () => {
      const { items, next_cursor } = await unwrap(
        api().GET('/v1/calls', { params: { query: { limit: 25, outcome: 'interested', campaign, cursor } } }),
      );
      const seen = new Set<string>();
      return { next_cursor, items: items.filter(({ contact }) => !seen.has(contact) && seen.add(contact)) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: () => every(LIVE.loosely, cursor === undefined),
  });
}

/** Who it is, as of now: somebody may have opted out since. */
export function useLead(contact: string) {
  return useQuery({
    queryKey: ['leads', 'contact', contact],
    queryFn: () => unwrap(api().GET('/v1/contacts/{contact}', { params: { path: { contact } } })),
    staleTime: 0,
  });
}

export function useWriteDown(contact: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ text, key }: { text: string; key: string }) =>
      unwrap(
        api().POST('/v1/contacts/{contact}/notes', { params: { path: { contact }, header: { 'Idempotency-Key': key } }, body: { text } }),
      ),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['contacts', 'one', contact] });
      void client.invalidateQueries({ queryKey: ['leads', 'contact', contact] });
    },
  });
}
