import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { acting, useActingIn } from '../shared/api/acting';
import { api, unwrap } from '../shared/api/client';
import { may, useMe } from '../shared/api/queries';
import type { Tenant } from '../shared/api/types';

interface Tenants {
  /** The one that the pages show. */
  here: string | null;
  /** Whether that is another than the operator's own. */
  elsewhere: boolean;
  others: Tenant[];
  /** Goes there; `null` is the operator's own. */
  go: (tenant: string | null) => void;
}

/** For operators: which organisation the pages show. `null` for everybody else. */
export function useTenants(): Tenants | null {
  const me = useMe().data;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const chosen = useActingIn();
  const allowed = may(me, 'list_tenants');
  const list = useQuery({
    queryKey: ['tenants', 'all'],
    queryFn: () => unwrap(api().GET('/v1/tenants', { params: { query: { limit: 200 } } })),
    enabled: allowed,
    staleTime: 60_000,
  });
  if (!me || !allowed) {
    return null;
  }
  return {
    here: me.tenant ?? null,
    elsewhere: chosen !== null && me.from_outside,
    others: (list.data?.items ?? []).filter(({ id }) => id !== me.tenant),
    go: (tenant) => {
      acting.choose(tenant);
      void navigate('/');
      // Nothing that was read in one organisation is shown in another; only who is signed in stays.
      void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'who' });
    },
  };
}
