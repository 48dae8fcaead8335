import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';

import { newKey } from '../api/client';
import type { Campaign, ContactFile, Enrollment } from '../api/types';
import { useTexts } from '../i18n';
import { PageButton, PageLink } from '../ui/links';
import { Loaded } from '../ui/Loaded';
import { ProblemAlert } from '../ui/ProblemAlert';
import { Reasons } from '../ui/Reasons';
import { toneOf } from '../ui/tones';
import { useCallingCampaigns, useCallNow, useFollowCall, useTakesCalls } from './api';
import { standOf, type Stand } from './stand';

interface Props {
  contact: ContactFile;
  /** Where they are known from: taken if it still calls. */
  preferred?: string;
}

/** A click calls: in the way of a campaign, under its rules, and followed until something has come of it. */
export function CallNow({ contact, preferred }: Props) {
  const { t } = useTexts();
  const campaigns = useCallingCampaigns();
  const blocked = contact.suppressions.find(({ address, scope }) => address === contact.phone && (scope === 'all' || scope === 'voice'));
  if (blocked) {
    return (
      <Alert type="error" header={t('callNow.blocked')}>
        {t('callNow.blocked.hint')}
      </Alert>
    );
  }
  return (
    <Loaded query={campaigns}>
      {(items) =>
        items.length === 0 ? (
          <Alert type="info" header={t('callNow.noCampaign')} action={<PageButton href="/campaigns">{t('nav.campaigns')}</PageButton>}>
            {t('callNow.noCampaign.hint')}
          </Alert>
        ) : (
          <Choice contact={contact} campaigns={items} preferred={preferred} />
        )
      }
    </Loaded>
  );
}

function Choice({ contact, campaigns, preferred }: Props & { campaigns: readonly Campaign[] }) {
  const { t, format } = useTexts();
  const [id, setId] = useState(() => (campaigns.find((one) => one.id === preferred) ?? campaigns[0])?.id ?? '');
  const [mine, setMine] = useState(true);
  const [key, setKey] = useState(newKey);
  const [asked, setAsked] = useState<{ campaign: string; enrollment: Enrollment } | null>(null);
  const takesCalls = useTakesCalls();
  const call = useCallNow();
  const campaign = campaigns.find((one) => one.id === id);
  const hasAgents = Boolean(campaign?.plan.agents);
  const kind = ({ plan }: Campaign) => (plan.agents ? t('callNow.byAgents') : t('callNow.byScript'));
  const options = campaigns.map((one) => ({
    value: one.id,
    label: one.plan.name,
    description: kind(one),
    labelTag: one.state === 'running' ? undefined : t(`campaignState.${one.state}`),
  }));
  const ask = () =>
    call.mutate(
      { contact: contact.id, campaign: id, forMe: hasAgents && takesCalls && mine, key },
      {
        onSuccess: (enrollment) => {
          setAsked({ campaign: id, enrollment });
          setKey(newKey());
        },
      },
    );
  return (
    <SpaceBetween size="s">
      <FormField label={t('callNow.campaign')} description={t('callNow.campaign.hint')} stretch>
        <Select
          selectedOption={options.find(({ value }) => value === id) ?? null}
          options={options}
          filteringType={options.length > 10 ? 'auto' : 'none'}
          onChange={({ detail }) => {
            setId(detail.selectedOption.value ?? '');
            setAsked(null);
            call.reset();
            setKey(newKey());
          }}
        />
      </FormField>
      {campaign && !hasAgents && (
        <Box color="text-body-secondary" fontSize="body-s">
          <q lang={campaign.plan.script.language}>{campaign.plan.script.greeting}</q>
        </Box>
      )}
      {hasAgents && takesCalls && (
        <Toggle checked={mine} onChange={({ detail }) => setMine(detail.checked)} description={t('callNow.forMe.hint')}>
          {t('callNow.forMe')}
        </Toggle>
      )}
      {campaign && campaign.state !== 'running' && <Alert type="info">{t(campaign.state === 'paused' ? 'callNow.paused' : 'callNow.scheduled')}</Alert>}
      <Button variant="primary" iconName="call" loading={call.isPending} onClick={ask}>
        {t('callNow.go', { number: contact.phone })}
      </Button>
      <ProblemAlert error={call.error} />
      {asked ? (
        <Followed key={asked.enrollment.due_at} campaign={asked.campaign} asked={asked.enrollment} zone={contact.zones[0]} />
      ) : (
        <Box color="text-body-secondary" fontSize="body-s">
          {t('callNow.hint', { priority: format.number(0) })}
        </Box>
      )}
    </SpaceBetween>
  );
}

function Followed({ campaign, asked, zone }: { campaign: string; asked: Enrollment; zone: string | undefined }) {
  const texts = useTexts();
  const { t, format } = texts;
  const query = useFollowCall(campaign, asked);
  const stand: Stand = query.data ? standOf(asked, query.data) : { is: 'next' };
  const because = 'because' in stand ? stand.because : [];
  const words = () => {
    switch (stand.is) {
      case 'over':
        return stand.outcome ? t(`outcome.${stand.outcome}`) : t('attemptState.ended');
      case 'put_off':
        return t('callNow.putOff', { at: format.dateTime(stand.until, zone) });
      case 'refused':
        return t('callNow.refused', { reason: t(`endReason.${stand.reason}`) });
      case 'next':
      case 'dialing':
      case 'in_call':
        return t(`callNow.${stand.is}`);
    }
  };
  return (
    <SpaceBetween size="xs">
      <div role="status">
        <StatusIndicator type={signOf(stand)}>{words()}</StatusIndicator>
      </div>
      {because.length > 0 && <Reasons sentences={because} zone={zone} />}
      {stand.is !== 'next' && <PageLink href={`/campaigns/${campaign}/contacts/${asked.contact}`}>{t('callNow.why')}</PageLink>}
      <ProblemAlert error={query.error} />
    </SpaceBetween>
  );
}

function signOf(stand: Stand): StatusIndicatorProps.Type {
  switch (stand.is) {
    case 'next':
      return 'pending';
    case 'dialing':
    case 'in_call':
      return 'in-progress';
    case 'put_off':
      return 'warning';
    case 'refused':
      return 'error';
    case 'over': {
      const tone = stand.outcome ? toneOf(stand.outcome) : 'quiet';
      return tone === 'good' || tone === 'fair' ? 'success' : tone === 'bad' ? 'warning' : 'stopped';
    }
  }
}
