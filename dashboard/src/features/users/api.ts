import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';
import type { components } from '../../shared/api/schema';

export type User = components['schemas']['User'];
export type UserPatch = components['schemas']['UserPatch'];
export type Invitation = components['schemas']['Invitation'];
/** What an admin may give away: operators are made by whoever runs the installation. */
export const ROLES = ['agent', 'supervisor', 'admin'] as const;
export type GivenRole = (typeof ROLES)[number];

const KEY = ['users'];

export function useUsers(cursor: string | undefined) {
  return useQuery({
    queryKey: [...KEY, cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/users', { params: { query: { limit: 50, cursor } } })),
    placeholderData: (before) => before,
  });
}

export function useInvite() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ invitation, key }: { invitation: Invitation; key: string }) =>
      unwrap(api().POST('/v1/users', { body: invitation, params: { header: { 'Idempotency-Key': key } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useEditUser() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ user, patch }: { user: User; patch: UserPatch }) =>
      unwrap(
        api().PATCH('/v1/users/{user}', {
          body: patch,
          params: { path: { user: user.id }, header: { 'If-Match': `"${user.version}"` } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useResend() {
  return useMutation({
    mutationFn: ({ user, key }: { user: User; key: string }) =>
      unwrap(api().POST('/v1/users/{user}/resend', { params: { path: { user: user.id }, header: { 'Idempotency-Key': key } } })),
  });
}
