import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useMay } from '../../shared/api/queries';
import type { Campaign, Progress } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { PageButton, PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { Freshness } from '../../shared/ui/Freshness';
import { Empty } from '../../shared/ui/states';
import { useTitle } from '../../shared/ui/useTitle';
import { isCurrent, useProgresses, useRecent } from './api';
import { Alerts } from './components/Alerts';
import { CampaignRows } from './components/CampaignRows';
import { FirstSteps } from './components/FirstSteps';

/** How many campaigns are shown with their numbers: each is a request. */
const SHOWN = 10;

export function Overview() {
  const { t } = useTexts();
  useTitle(t('nav.overview'));
  const may = useMay();
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {may('create_import') && <PageButton href="/imports/new">{t('overview.import')}</PageButton>}
              {may('create_campaign') && (
                <PageButton href="/campaigns/new" variant="primary">
                  {t('campaigns.new')}
                </PageButton>
              )}
            </SpaceBetween>
          }
        >
          {t('nav.overview')}
        </Header>
      }
    >
      {may('list_campaigns') ? <Campaigns /> : <Container>{<Empty title={t('overview.agent')} hint={t('overview.agent.hint')} />}</Container>}
    </ContentLayout>
  );
}

function Campaigns() {
  const query = useRecent();
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <FirstSteps />
        ) : (
          <Numbers
            current={items.filter(isCurrent).slice(0, SHOWN)}
            over={items.filter(({ state }) => state === 'completed').slice(0, 5)}
            drafts={items.filter(({ state }) => state === 'draft').length}
            at={query.dataUpdatedAt}
            failing={query.isRefetchError}
          />
        )
      }
    </Loaded>
  );
}

interface NumbersProps {
  current: readonly Campaign[];
  over: readonly Campaign[];
  drafts: number;
  at: number;
  failing: boolean;
}

function Numbers({ current, over, drafts, at, failing }: NumbersProps) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const live = useProgresses(current);
  const past = useProgresses(over);
  const sum = (part: (progress: Progress) => number) => [...live.byId.values()].reduce((total, one) => total + part(one), 0);
  const fresh = <Freshness at={Math.min(at, live.at)} failing={failing || live.failing} staleAfterMs={20_000} />;
  const figure = (value: number) => <Box variant="awsui-value-large">{format.number(value)}</Box>;
  const all = <PageLink href="/campaigns">{t('overview.all')}</PageLink>;
  return (
    <SpaceBetween size="l">
      <Alerts paused={current.filter(({ state }) => state === 'paused')} />
      {current.length > 0 ? (
        <>
          <Container header={<Header variant="h2" actions={fresh} description={n('overview.now.of', current.length)}>{t('overview.now')}</Header>}>
            <KeyValuePairs
              columns={4}
              minColumnWidth={150}
              items={[
                { label: t('live.inProgress'), value: figure(sum(({ calls_in_progress }) => calls_in_progress)) },
                { label: t('live.waiting'), value: figure(sum(({ waiting }) => waiting)) },
                { label: t('live.attempts'), value: figure(sum(({ attempts }) => attempts)) },
                { label: t('live.interested'), value: figure(sum(({ outcomes }) => outcomes['interested'] ?? 0)) },
              ]}
            />
          </Container>
          <Container header={<Header variant="h2" counter={`(${format.number(current.length)})`} actions={all}>{t('overview.current')}</Header>}>
            <CampaignRows label={t('overview.current')} campaigns={current} progress={live.byId} />
          </Container>
        </>
      ) : (
        <Container header={<Header variant="h2" actions={all}>{t('overview.current')}</Header>}>
          <Empty
            title={t('overview.current.none')}
            hint={drafts > 0 ? n('overview.drafts', drafts) : undefined}
            action={
              drafts > 0 ? (
                <PageButton href="/campaigns?state=draft">{t('overview.drafts.see')}</PageButton>
              ) : (
                may('create_campaign') && <PageButton href="/campaigns/new">{t('campaigns.new')}</PageButton>
              )
            }
          />
        </Container>
      )}
      {over.length > 0 && (
        <Container header={<Header variant="h2">{t('overview.over')}</Header>}>
          <CampaignRows label={t('overview.over')} campaigns={over} progress={past.byId} />
        </Container>
      )}
    </SpaceBetween>
  );
}
