import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../api/client';
import { asProblem } from '../api/problem';
import { useMay } from '../api/queries';
import type { Campaign, Enrollment } from '../api/types';
import { isSettled, standOf } from './stand';

/** Campaigns in which somebody can be called now or as soon as they go on; those that run first. */
const CALLS: readonly Campaign['state'][] = ['running', 'scheduled', 'paused'];

export function useCallingCampaigns() {
  return useQuery({
    queryKey: ['campaigns', 'calling'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } }));
      return items.filter(({ state }) => CALLS.includes(state)).toSorted((a, b) => CALLS.indexOf(a.state) - CALLS.indexOf(b.state));
    },
    staleTime: 5_000,
  });
}

/** Whether the reader takes calls themselves. */
export function useTakesCalls(): boolean {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['agents', 'am-i'],
    enabled: may('read_my_presence'),
    queryFn: () =>
      unwrap(api().GET('/v1/agents/me')).then(
        () => true,
        (error: unknown) => {
          if (asProblem(error).kind === 'not-found') {
            return false;
          }
          throw error;
        },
      ),
    staleTime: 60_000,
  });
  return data ?? false;
}

interface Wanted {
  contact: string;
  campaign: string;
  forMe: boolean;
  key: string;
}

export function useCallNow() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ contact, campaign, forMe, key }: Wanted) =>
      unwrap(
        api().POST('/v1/contacts/{contact}/call', {
          params: { path: { contact }, header: { 'Idempotency-Key': key } },
          body: { campaign, for_me: forMe },
        }),
      ),
    onSuccess: (_, { contact }) => {
      void client.invalidateQueries({ queryKey: ['campaigns', 'enrollments'] });
      void client.invalidateQueries({ queryKey: ['contacts', 'one', contact] });
    },
  });
}

const WATCHED_EVERY = 1_000;

/** What becomes of it, watched until something has. */
export function useFollowCall(campaign: string, asked: Enrollment) {
  return useQuery({
    queryKey: ['campaigns', 'enrollments', campaign, 'one', asked.contact, 'call', asked.due_at],
    queryFn: () =>
      unwrap(api().GET('/v1/campaigns/{campaign}/enrollments/{contact}', { params: { path: { campaign, contact: asked.contact } } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isSettled(standOf(asked, state.data)) ? false : WATCHED_EVERY),
  });
}
