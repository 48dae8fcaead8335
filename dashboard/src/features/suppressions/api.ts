import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '../../shared/api/client';

export function useSuppressions(cursor: string | undefined) {
  return useQuery({
    queryKey: ['suppressions', 'list', cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/suppressions', { params: { query: { limit: 50, cursor } } })),
    placeholderData: (before) => before,
  });
}
