import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { useActingIn } from '../shared/api/acting';
import { useMe } from '../shared/api/queries';
import { follow } from '../shared/live';

/** Lets every page follow what happens, for as long as somebody is signed in. Agents are told of themselves and their calls. */
export function useFollow(signedIn: boolean): void {
  const client = useQueryClient();
  const tenant = useActingIn();
  const me = useMe(signedIn).data;
  const wanted = signedIn && me !== undefined && me.operations.includes('get_live_ticket');
  useEffect(() => (wanted ? follow(client) : undefined), [client, tenant, wanted]);
}
