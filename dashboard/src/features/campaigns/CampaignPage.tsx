import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Tabs from '@cloudscape-design/components/tabs';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useParams, useSearchParams } from 'react-router';

import './campaigns.css';
import { useMay } from '../../shared/api/queries';
import type { Campaign } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { LIVE } from '../../shared/live';
import { CampaignStateLabel } from '../../shared/ui/CampaignStateLabel';
import { PageButton, PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { RulesTable } from '../../shared/ui/RulesTable';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { isActive, useCampaign, useProgress, useRules } from './api';
import { Commands } from './components/Commands';
import { Enrollments } from './components/Enrollments';
import { PlanSummary } from './components/PlanSummary';
import { Results } from './components/Results';
import { Vitals } from './components/Vitals';

const Minutes = lazy(() => import('./components/Minutes'));

const TABS = ['results', 'contacts', 'plan', 'rules'] as const;

export function CampaignPage() {
  const { campaign = '' } = useParams();
  const query = useCampaign(campaign, true);
  useTitle(query.data?.value.plan.name ?? '');
  // Whoever comes from the end of a long list, or of the editor, begins at the top.
  useEffect(() => {
    window.scrollTo({ top: 0 });
  }, [campaign]);
  return <Loaded query={query}>{({ value }) => <Live campaign={value} failing={query.isRefetchError} />}</Loaded>;
}

/** A campaign while it runs, and afterwards. */
function Live({ campaign, failing }: { campaign: Campaign; failing: boolean }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const [trouble, setTrouble] = useState<unknown>(null);
  const [search, setSearch] = useSearchParams();
  const tab = TABS.find((one) => one === search.get('tab')) ?? 'results';
  const active = isActive(campaign.state) || campaign.imports_open.length > 0;
  const isOver = campaign.state === 'archived' || campaign.state === 'completed';
  const interval = !isOver && (active ? LIVE.closely : LIVE.loosely);
  const progress = useProgress(campaign.id, interval);
  const { plan } = campaign;
  const isDraft = campaign.state === 'draft';
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.campaigns'), href: '/campaigns' },
            { text: plan.name, href: `/campaigns/${campaign.id}` },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          description={
            <span className="facts">
              <span role="status">
                <CampaignStateLabel state={campaign.state} />
              </span>
              <span>{t(`purpose.${plan.purpose}`)}</span>
              <span>
                {campaign.completed_at
                  ? t('campaign.completedAt', { at: format.dateTime(campaign.completed_at) })
                  : campaign.started_at
                    ? t('campaign.startedAt', { at: format.dateTime(campaign.started_at) })
                    : t('campaign.createdAt', { at: format.dateTime(campaign.created_at) })}
              </span>
            </span>
          }
          actions={<Commands campaign={campaign} onTrouble={setTrouble} />}
        >
          {plan.name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ProblemAlert error={trouble} />
        {campaign.imports_open.map((id) => (
          <Alert key={id} type="info">
            {t('campaign.importing')} <PageLink href={`/imports/${id}`}>{t('campaign.importing.see')}</PageLink>
          </Alert>
        ))}
        {isDraft && may('edit_campaign') && (
          <Alert
            type="info"
            header={t('campaign.draft')}
            action={<PageButton href={`/campaigns/${campaign.id}/edit?step=review`}>{t('campaign.review')}</PageButton>}
          >
            {t('campaign.draft.text')}
          </Alert>
        )}
        {campaign.state === 'paused' && (
          <Alert type="warning" header={t('campaign.paused')}>
            {n('campaign.paused.text', progress.data?.waiting ?? 0)}
          </Alert>
        )}
        <Loaded query={progress}>
          {(value) => (
            <Vitals
              progress={value}
              plan={plan}
              readAt={progress.dataUpdatedAt}
              failing={failing || progress.isRefetchError}
              staleAfterMs={interval === false ? Infinity : 3 * interval + 3_000}
            />
          )}
        </Loaded>
        <Tabs
          activeTabId={tab}
          ariaLabel={plan.name}
          onChange={({ detail }) => setSearch(detail.activeTabId === 'results' ? {} : { tab: detail.activeTabId }, { replace: true })}
          tabs={[
            {
              id: 'results',
              label: t('campaign.tab.results'),
              content: progress.data && (
                <SpaceBetween size="l">
                  {may('read_minutes') && campaign.started_at && (
                    <Suspense fallback={<Spinner />}>
                      <Minutes campaign={campaign.id} interval={active && LIVE.loosely} />
                    </Suspense>
                  )}
                  <Results progress={progress.data} />
                </SpaceBetween>
              ),
            },
            {
              id: 'contacts',
              label: t('campaign.tab.contacts'),
              content: <Enrollments campaign={campaign.id} interval={active && LIVE.loosely} />,
            },
            { id: 'plan', label: t('campaign.tab.plan'), content: <PlanSummary plan={plan} /> },
            { id: 'rules', label: t('campaign.tab.rules'), content: <RulesOf campaign={campaign} /> },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}

function RulesOf({ campaign }: { campaign: Campaign }) {
  const { t, format } = useTexts();
  const query = useRules(campaign.id, String(campaign.version));
  return (
    <Loaded query={query}>
      {({ rules, countries, book }) => (
        <Container
          header={
            <Header variant="h2" description={t('rules.for', { countries: countries.map(format.country).join(', ') || '–' })}>
              {t('rules.title')}
            </Header>
          }
          footer={
            <Box variant="small" color="text-body-secondary">
              {t('rules.book')} <Box variant="code">{book.slice(0, 12)}</Box>
            </Box>
          }
        >
          <RulesTable rules={rules} />
        </Container>
      )}
    </Loaded>
  );
}
