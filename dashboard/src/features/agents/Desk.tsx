import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { asProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { Loaded } from '../../shared/ui/Loaded';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Empty } from '../../shared/ui/states';
import { useTitle } from '../../shared/ui/useTitle';
import { useAtDesk, useDesk, type Agent } from './api';
import { CallPanel } from './components/CallPanel';
import { StateSign } from './components/StateSign';

const BREAKS = ['pause', 'meal', 'meeting', 'training', 'work'] as const;

/** An agent's own place: whether calls may come, and the one that does. */
export function Desk() {
  const { t } = useTexts();
  useTitle(t('nav.desk'));
  const query = useDesk();
  const isNone = query.data === undefined && query.error !== null && asProblem(query.error).kind === 'not-found';
  return (
    <ContentLayout header={<Header variant="h1">{t('nav.desk')}</Header>}>
      {isNone ? (
        <Container>
          <Empty title={t('desk.none')} hint={t('desk.none.hint')} />
        </Container>
      ) : (
        <Loaded query={query}>{(agent) => <Place agent={agent} at={query.dataUpdatedAt} failing={query.isRefetchError} />}</Loaded>
      )}
    </ContentLayout>
  );
}

function Place({ agent: { profile, presence }, at, failing }: { agent: Agent; at: number; failing: boolean }) {
  const { t, format } = useTexts();
  const { stand } = useAtDesk();
  const state = presence?.state ?? 'offline';
  const isOff = state === 'offline';
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description={presence ? t('desk.standing', { at: format.time(presence.since) }) : undefined}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {!isOff && (
                  <Button loading={stand.isPending} onClick={() => stand.mutate({ state: 'offline' })}>
                    {t('desk.signOut')}
                  </Button>
                )}
                {!isOff && (
                  <ButtonDropdown
                    loading={stand.isPending}
                    items={BREAKS.map((reason) => ({ id: reason, text: t(`breakReason.${reason}`) }))}
                    onItemClick={({ detail }) => stand.mutate({ state: 'break', reason: detail.id as (typeof BREAKS)[number] })}
                  >
                    {t('desk.break')}
                  </ButtonDropdown>
                )}
                {(isOff || state === 'break' || state === 'wrap_up') && (
                  <Button variant="primary" loading={stand.isPending} onClick={() => stand.mutate({ state: 'available' })}>
                    {t(isOff ? 'desk.signIn' : 'desk.ready')}
                  </Button>
                )}
              </SpaceBetween>
            }
          >
            {profile.name}
          </Header>
        }
      >
        <SpaceBetween size="s">
          <div role="status">
            <StateSign presence={presence} />
          </div>
          {(isOff || state === 'available') && <Box color="text-body-secondary">{t(isOff ? 'desk.off.hint' : 'desk.on.hint')}</Box>}
          {!isOff && <Freshness at={at} failing={failing} />}
          <ProblemAlert error={stand.error} />
        </SpaceBetween>
      </Container>
      {presence?.call && <CallPanel key={presence.call} presence={presence} call={presence.call} />}
    </SpaceBetween>
  );
}
