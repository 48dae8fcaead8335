import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from './client';
import { useMay, useMe } from './queries';

/** Whoever is behind a user's id: oneself, somebody with a name, or `null` where that is not for this role to know. */
export function usePeople(): (id: string) => { self: boolean; name: string | null } {
  const may = useMay();
  const me = useMe().data;
  const { data } = useQuery({
    queryKey: ['users', 'names'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/users', { params: { query: { limit: 200 } } }));
      return new Map(items.map(({ id, name, email }) => [id, name ?? email ?? null]));
    },
    enabled: may('list_users'),
    staleTime: 5 * 60_000,
  });
  return (id) => ({ self: me?.subject === id, name: data?.get(id) ?? null });
}
