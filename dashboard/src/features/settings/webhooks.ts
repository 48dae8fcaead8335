import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, newKey, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';

export type Webhook = components['schemas']['Webhook'];
export type NewHook = components['schemas']['NewHook'];
export type Delivery = components['schemas']['WebhookDelivery'];

/** What a webhook may be told about, as the API names it. */
export const EVENTS = ['call.ended', 'campaign.changed', 'import.changed', 'suppression.added'] as const;

const HOOKS = ['settings', 'webhooks'] as const;
const LOG = ['settings', 'deliveries'] as const;

/** While something is on its way, and for a moment after something was ordered: it takes its way through a queue. */
const CLOSELY = 2_000;
const LOOSELY = 15_000;
const ON_ITS_WAY = 20_000;

/** What people decide about a webhook; the rest is how it fares. */
const decided = ({ url, events, description, state }: Webhook): string => JSON.stringify([url, [...events].sort(), description, state]);

/**
 * Names a webhook and its version for a change. Deliveries that fail give it a new version as well, and nobody must lose
 * an edit to those: as long as nobody has decided otherwise, the change is based on what is there now.
 */
async function at(hook: Webhook) {
  const now = await unwrap(api().GET('/v1/webhooks/{hook}', { params: { path: { hook: hook.id } } }));
  const { version } = decided(now) === decided(hook) ? now : hook;
  return { path: { hook: hook.id }, header: { 'If-Match': `"${version}"` } };
}

export function useWebhooks() {
  return useQuery({ queryKey: HOOKS, queryFn: async () => (await unwrap(api().GET('/v1/webhooks'))).items });
}

export function useWebhookChanges() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: HOOKS });
  return {
    create: useMutation({
      mutationFn: ({ body, key }: { body: NewHook; key: string }) =>
        unwrap(api().POST('/v1/webhooks', { params: { header: { 'Idempotency-Key': key } }, body })),
      onSettled,
    }),
    edit: useMutation({
      mutationFn: async ({ hook, body }: { hook: Webhook; body: NewHook }) =>
        unwrap(api().PUT('/v1/webhooks/{hook}', { params: await at(hook), body })),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: async (hook: Webhook) => unwrap(api().DELETE('/v1/webhooks/{hook}', { params: await at(hook) })),
      onSettled,
    }),
    rotate: useMutation({
      mutationFn: async (hook: Webhook) => unwrap(api().POST('/v1/webhooks/{hook}/rotate', { params: await at(hook) })),
      onSettled,
    }),
  };
}

export function useDeliveries(hook: string, cursor: string | undefined, orderedAt: number) {
  return useQuery({
    queryKey: [...LOG, hook, cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/webhooks/{hook}/deliveries', { params: { path: { hook }, query: { limit: 25, cursor } } })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.items.some((one) => one.state === 'pending') || Date.now() - orderedAt < ON_ITS_WAY ? CLOSELY : LOOSELY,
  });
}

/** Orders a delivery: one that was made before, or one that means nothing. */
export function useOrder(hook: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (delivery: string | null) => {
      const header = { 'Idempotency-Key': newKey() };
      return unwrap(
        delivery === null
          ? api().POST('/v1/webhooks/{hook}/test', { params: { path: { hook }, header } })
          : api().POST('/v1/webhooks/{hook}/deliveries/{delivery}/replay', { params: { path: { hook, delivery }, header } }),
      );
    },
    onSuccess: () => client.invalidateQueries({ queryKey: [...LOG, hook] }),
  });
}
