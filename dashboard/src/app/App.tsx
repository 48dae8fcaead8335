import { useQuery } from '@tanstack/react-query';
import { BrowserRouter } from 'react-router';

import { SignIn } from '../features/sign-in/SignIn';
import { acting } from '../shared/api/acting';
import { queryClient } from '../shared/api/queries';
import { useIsRenewing } from '../shared/auth/renewal';
import { leave, signedInAs } from '../shared/auth/session';
import { NoticesProvider } from '../shared/ui/notices';
import { Renew } from './Renew';
import { Pages } from './Pages';
import { Shell } from './Shell';
import { useFollow } from './useFollow';

/** Signed in or not: there is no third page. */
export function App() {
  const who = useQuery({ queryKey: ['who'], queryFn: signedInAs, staleTime: Infinity, retry: false });
  const renewing = useIsRenewing();
  useFollow(Boolean(who.data));
  if (who.isPending) {
    return null;
  }
  if (!who.data) {
    return <SignIn onDone={() => void who.refetch()} />;
  }
  const end = async (everywhere: boolean) => {
    // Everywhere needs the pool; where it cannot be reached the session here ends all the same.
    await leave(everywhere).catch(() => leave(false));
    acting.choose(null);
    queryClient.clear();
    location.assign('/');
  };
  return (
    <BrowserRouter>
      <NoticesProvider>
        <Shell email={who.data} onSignOut={(everywhere) => void end(everywhere)}>
          <Pages email={who.data} onSignOut={(everywhere) => void end(everywhere)} />
        </Shell>
        {renewing && <Renew email={who.data} onSignOut={() => void end(false)} />}
      </NoticesProvider>
    </BrowserRouter>
  );
}
