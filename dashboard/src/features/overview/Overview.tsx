import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useMe, useMay } from '../../shared/api/queries';
import type { components } from '../../shared/api/schema';
import { useTexts } from '../../shared/i18n';
import { BarList } from '../../shared/ui/BarList';
import { Figure } from '../../shared/ui/Figure';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { toneOf } from '../../shared/ui/tones';
import { useTitle } from '../../shared/ui/useTitle';
import { useOverview, useRecent } from './api';
import { Alerts } from './components/Alerts';
import { CampaignRows } from './components/CampaignRows';
import { FirstSteps } from './components/FirstSteps';
import { Hours } from './components/Hours';
import { hoursOf } from './hours';

type Day = components['schemas']['Overview'];
type Outcome = components['schemas']['Outcome'];

export function Overview() {
  const { t } = useTexts();
  useTitle(t('nav.overview'));
  const me = useMe();
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
      <Loaded query={me}>
        {() =>
          may('read_overview') ? (
            <Today />
          ) : (
            <Container>
              <Empty
                title={t('overview.agent')}
                hint={t('overview.agent.hint')}
                action={may('set_my_state') && <PageButton href="/desk">{t('nav.desk')}</PageButton>}
              />
            </Container>
          )
        }
      </Loaded>
    </ContentLayout>
  );
}

function Today() {
  const query = useOverview();
  const recent = useRecent();
  return (
    <Loaded query={query}>
      {(day) =>
        recent.data?.items.length === 0 ? (
          <FirstSteps />
        ) : (
          <SpaceBetween size="l">
            <Alerts alerts={day.alerts} live={day.live} />
            <Results day={day} fresh={<Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} staleAfterMs={20_000} />} />
            <Campaigns day={day} />
          </SpaceBetween>
        )
      }
    </Loaded>
  );
}

/** What today's calls came to. */
function Results({ day, fresh }: { day: Day; fresh: ReactNode }) {
  const { t, format } = useTexts();
  const may = useMay();
  const { today, live } = day;
  const calls = `/calls?from=${encodeURIComponent(day.today_from)}`;
  const figure = (value: string) => <Figure>{value}</Figure>;
  const inProgress = live.reduce((sum, { calls_in_progress }) => sum + calls_in_progress, 0);
  const hours = hoursOf(day);
  const outcomes = (Object.entries(today.outcomes) as [Outcome, number][]).toSorted(([, one], [, other]) => other - one);
  return (
    <Container
      header={
        <Header variant="h2" actions={fresh} description={t('overview.today.from', { at: format.dateTime(day.today_from) })}>
          {t('overview.today')}
        </Header>
      }
      footer={may('list_calls') && today.calls > 0 && <PageLink href={calls}>{t('overview.today.calls')}</PageLink>}
    >
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={3}
          minColumnWidth={130}
          items={[
            { label: t('live.inProgress'), value: figure(format.number(inProgress)) },
            { label: t('overview.ended'), value: figure(format.number(today.calls)) },
            { label: t('live.answerRate'), value: figure(format.percent(today.answer_rate)) },
            { label: t('live.interested'), value: figure(format.number(today.interested)) },
            { label: t('overview.optedOut'), value: figure(format.number(today.opted_out)) },
            { label: t('live.talk'), value: figure(format.seconds(today.talk_seconds)) },
          ]}
        />
        {hours.length > 0 && <Hours hours={hours} />}
        {outcomes.length > 0 && (
          <BarList
            label={t('live.outcomes')}
            whole={today.calls}
            columns
            bars={outcomes.map(([outcome, value]) => ({
              key: outcome,
              label: t(`outcome.${outcome}`),
              value,
              tone: toneOf(outcome),
              href: may('list_calls') ? `${calls}&outcome=${outcome}` : undefined,
            }))}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Campaigns({ day }: { day: Day }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const recent = useRecent();
  const drafts = recent.data?.items.filter(({ state }) => state === 'draft').length ?? 0;
  const over = (recent.data?.items ?? [])
    .filter(({ state }) => state === 'completed')
    .toSorted((one, other) => Date.parse(other.completed_at ?? '') - Date.parse(one.completed_at ?? ''))
    .slice(0, 5);
  const all = <PageLink href="/campaigns">{t('overview.all')}</PageLink>;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" counter={`(${format.number(day.live.length)})`} actions={all}>{t('overview.current')}</Header>}>
        {day.live.length > 0 ? (
          <CampaignRows label={t('overview.current')} campaigns={day.live} today={day.campaigns_today} />
        ) : (
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
        )}
      </Container>
      {over.length > 0 && (
        <Container header={<Header variant="h2">{t('overview.over')}</Header>}>
          <ul className="campaign-rows" aria-label={t('overview.over')}>
            {over.map(({ id, plan, completed_at }) => (
              <li key={id}>
                <div className="wide">
                  <PageLink href={`/campaigns/${id}`}>{plan.name}</PageLink>
                </div>
                <div className="wide">
                  <Box color="text-body-secondary">{t('campaign.completedAt', { at: format.dateTime(completed_at) })}</Box>
                </div>
              </li>
            ))}
          </ul>
        </Container>
      )}
    </SpaceBetween>
  );
}
