import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap, versioned } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';

export type Settings = components['schemas']['Settings'];

const SETTINGS = ['settings'] as const;
const TWILIO = ['settings', 'twilio'] as const;

export function useSettings() {
  return useQuery({ queryKey: SETTINGS, queryFn: () => versioned(api().GET('/v1/settings')) });
}

export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ settings, etag }: { settings: Settings; etag: string }) =>
      versioned(api().PUT('/v1/settings', { params: { header: { 'If-Match': etag } }, body: settings })),
    onSuccess: (saved) => client.setQueryData(SETTINGS, saved),
  });
}

export function useTwilio() {
  return useQuery({ queryKey: TWILIO, queryFn: () => unwrap(api().GET('/v1/settings/twilio')) });
}

export function useSetTwilio() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: components['schemas']['TwilioSettings']) => unwrap(api().PUT('/v1/settings/twilio', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: TWILIO }),
  });
}
