import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from './client';
import type { Suppression, SuppressionReason, SuppressionScope } from './types';

export const REASONS: readonly SuppressionReason[] = ['opted_out', 'do_not_call', 'public_register', 'complaint', 'bounce'];
export const SCOPES: readonly SuppressionScope[] = ['all', 'voice', 'sms', 'email'];

function useChanged(): () => void {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['suppressions'] });
    void client.invalidateQueries({ queryKey: ['contacts'] });
  };
}

export function useSuppress() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ address, reason, scope }: { address: string; reason: SuppressionReason; scope: SuppressionScope }) =>
      unwrap(api().PUT('/v1/suppressions/{address}', { params: { path: { address } }, body: { reason, scope } })),
    onSuccess: changed,
  });
}

export function useUnsuppress() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ address, scope }: Pick<Suppression, 'address' | 'scope'>) =>
      unwrap(api().DELETE('/v1/suppressions/{address}', { params: { path: { address }, query: { scope } } })),
    onSuccess: changed,
  });
}
