import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import { useRecorded } from '../../shared/api/recorded';
import type { Outcome } from '../../shared/api/types';
import { every, LIVE } from '../../shared/live';

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
    refetchInterval: () => every(LIVE.loosely, cursor === undefined && filter.to === undefined),
  });
}

export function useCall(attempt: string) {
  return useQuery({
    queryKey: ['calls', 'one', attempt],
    queryFn: () => unwrap(api().GET('/v1/calls/{attempt}', { params: { path: { attempt } } })),
    refetchInterval: ({ state }) => (state.data && !state.data.call.ended_at ? LIVE.closely : false),
  });
}

/** The recording itself: the page that shows it as a wave has to hold it. */
export function useRecording(attempt: string) {
  return useRecorded(['calls', 'recording', attempt], () =>
    unwrap(api().GET('/v1/calls/{attempt}/recording', { params: { path: { attempt } } })),
  );
}
