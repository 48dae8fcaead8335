import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';
import { every, LIVE } from '../../shared/live';
import { grouped, marked, type Lead, type LeadPage, type LeadState } from './leads';

export type Handled = components['schemas']['Handled'];

const LIST = ['leads', 'list'] as const;

/** People who showed interest: by a key, or to an agent. Newest first, each once a page. */
export function useLeads(state: LeadState, campaign: string | undefined, cursor: string | undefined) {
  const handled = state === 'all' ? undefined : state === 'handled';
  return useQuery({
    queryKey: [...LIST, state, campaign ?? null, cursor ?? null],
    queryFn: async (): Promise<LeadPage> => {
      const { items, next_cursor } = await unwrap(
        api().GET('/v1/calls', { params: { query: { limit: 25, outcome: 'interested', handled, campaign, cursor } } }),
      );
      return { next_cursor, items: grouped(items) };
    },
    placeholderData: keepPreviousData,
    refetchInterval: () => every(LIVE.loosely, cursor === undefined),
  });
}

/** Shows a mark on every list that has these calls, before the API has been asked again. */
const show = (client: QueryClient, calls: readonly string[], handled: Handled | null) =>
  client.getQueryCache().findAll({ queryKey: LIST }).forEach(({ queryKey }) => {
    client.setQueryData<LeadPage>(queryKey, (page) => page && marked(page, queryKey[LIST.length] as LeadState, calls, handled));
  });

/** Somebody has taken care of a lead, and may have written down how. Whoever was first is kept, and told. */
export function useHandle() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ lead, note, key }: { lead: Lead; note: string; key: string }) => {
      if (note !== '') {
        await writeDown(lead.contact, note, key);
      }
      const marks = lead.waiting.map((attempt) => unwrap(api().PUT('/v1/calls/{attempt}/handled', { params: { path: { attempt } } })));
      return (await Promise.all(marks))[0];
    },
    onSuccess: (mark, { lead }) => show(client, lead.waiting, mark ?? null),
    onSettled: (_mark, _error, { lead }) => {
      void client.invalidateQueries({ queryKey: ['leads'] });
      void client.invalidateQueries({ queryKey: ['calls', 'one', lead.id] });
      void client.invalidateQueries({ queryKey: ['contacts', 'one', lead.contact] });
    },
  });
}

/** Takes the mark back: shown at once, and taken back itself where the API refuses. */
export function useReopen() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (lead: Lead) => unwrap(api().DELETE('/v1/calls/{attempt}/handled', { params: { path: { attempt: lead.id } } })),
    onMutate: async (lead) => {
      await client.cancelQueries({ queryKey: LIST });
      const before = client.getQueriesData<LeadPage>({ queryKey: LIST });
      show(client, [lead.id], null);
      return before;
    },
    onError: (_error, _lead, before) => before?.forEach(([queryKey, page]) => client.setQueryData(queryKey, page)),
    onSettled: (_nothing, _error, lead) => {
      void client.invalidateQueries({ queryKey: ['leads'] });
      void client.invalidateQueries({ queryKey: ['calls', 'one', lead.id] });
    },
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

/** The key names the note: sent again it is the same one. */
const writeDown = (contact: string, text: string, key: string) =>
  unwrap(api().POST('/v1/contacts/{contact}/notes', { params: { path: { contact }, header: { 'Idempotency-Key': key } }, body: { text } }));

export function useWriteDown(contact: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ text, key }: { text: string; key: string }) => writeDown(contact, text, key),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['contacts', 'one', contact] });
      void client.invalidateQueries({ queryKey: ['leads', 'contact', contact] });
    },
  });
}
