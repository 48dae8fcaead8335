import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

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

/** The numbers that campaigns call from, as many as can be looked at. */
const NUMBERS_MAX = 20;

/** Asks the provider about the account, and about the numbers that campaigns call from; queues' are looked at anyway. */
export function useTestTwilio() {
  return useMutation({
    mutationFn: async () => {
      const { items } = await unwrap(api().GET('/v1/campaigns', { params: { query: { limit: 200 } } }));
      const numbers = [...new Set(items.flatMap(({ plan }) => plan.caller_ids))].slice(0, NUMBERS_MAX);
      return unwrap(api().POST('/v1/settings/twilio/test', { body: { numbers } }));
    },
  });
}

const KEYS = ['settings', 'keys'] as const;

export function useKeys(cursor: string | undefined) {
  return useQuery({
    queryKey: [...KEYS, cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/api-keys', { params: { query: { limit: 25, cursor } } })),
    placeholderData: keepPreviousData,
  });
}

export function useMakeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ body, key }: { body: components['schemas']['NewKey']; key: string }) =>
      unwrap(api().POST('/v1/api-keys', { params: { header: { 'Idempotency-Key': key } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, key }: { id: string; version: number; key: string }) =>
      unwrap(
        api().POST('/v1/api-keys/{key}/revoke', {
          params: { path: { key: id }, header: { 'If-Match': `"${version}"`, 'Idempotency-Key': key } },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS }),
  });
}

export interface AuditFilter {
  kind?: string;
  id?: string;
  subject?: string;
}

export function useAudit(filter: AuditFilter, cursor: string | undefined) {
  return useQuery({
    queryKey: ['audit', filter, cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/audit', { params: { query: { limit: 25, ...filter, cursor } } })),
    placeholderData: keepPreviousData,
  });
}
