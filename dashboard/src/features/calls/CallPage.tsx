import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Steps, { type StepsProps } from '@cloudscape-design/components/steps';
import { useParams } from 'react-router';

import { useCampaignChoices } from '../../shared/api/campaigns';
import { useMay } from '../../shared/api/queries';
import type { components } from '../../shared/api/schema';
import { NONE } from '../../shared/format';
import { useTexts, type Texts } from '../../shared/i18n';
import { PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { Reasons } from '../../shared/ui/Reasons';
import { RulesTable } from '../../shared/ui/RulesTable';
import { toneOf } from '../../shared/ui/tones';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { useCall } from './api';
import { OutcomeSign } from './components/OutcomeSign';
import { Recording } from './components/Recording';

type Schemas = components['schemas'];

export function CallPage() {
  const { attempt = '' } = useParams();
  const query = useCall(attempt);
  return <Loaded query={query}>{(detail) => <Detail detail={detail} />}</Loaded>;
}

/** One call: what happened, moment by moment, and what allowed it. */
function Detail({ detail: { attempt, call, contact, timeline } }: { detail: Schemas['CallDetail'] }) {
  const texts = useTexts();
  const { t, format } = texts;
  const may = useMay();
  const campaigns = useCampaignChoices();
  const name = call.name ?? call.to;
  useTitle(name);
  const campaign = campaigns.data?.find(({ id }) => id === call.campaign)?.name ?? t('calls.campaign');
  const zone = contact?.zones[0];
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.calls'), href: '/calls' },
            { text: name, href: `/calls/${call.id}` },
          ]}
        />
      }
      header={
        <Header variant="h1" description={t('calls.one', { n: format.number(call.number), at: format.dateTime(call.created_at) })}>
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{t('calls.call')}</Header>}>
          <KeyValuePairs
            columns={3}
            minColumnWidth={150}
            items={[
              { label: t('attempt.outcome'), value: <OutcomeSign outcome={call.outcome} /> },
              { label: t('attempt.answeredBy'), value: call.answered_by ? t(`answeredBy.${call.answered_by}`) : NONE },
              { label: t('attempt.talk'), value: format.seconds(call.talk_seconds) },
              { label: t('attempt.recording'), value: format.seconds(call.recording_seconds) },
              {
                label: t('calls.who'),
                value: contact && may('read_contact') ? <PageLink href={`/contacts/${call.contact}`}>{call.to}</PageLink> : call.to,
              },
              { label: t('attempt.from'), value: call.from },
              {
                label: t('calls.campaign'),
                value: <PageLink href={`/campaigns/${call.campaign}`}>{campaign}</PageLink>,
              },
              {
                label: t('calls.way'),
                value: <PageLink href={`/campaigns/${call.campaign}/contacts/${call.contact}`}>{t('calls.way.see')}</PageLink>,
              },
              ...(call.handled ? [{ label: t('calls.handled'), value: format.dateTime(call.handled.at) }] : []),
              ...(attempt.wish ? [{ label: t('calls.wish'), value: t(`wish.${attempt.wish}`) }] : []),
              ...(attempt.call ? [{ label: t('attempt.call'), value: <Box variant="code">{attempt.call}</Box> }] : []),
            ]}
          />
        </Container>
        {call.recording_seconds && may('read_recording') ? <Recording attempt={call.id} seconds={call.recording_seconds} /> : null}
        <Container header={<Header variant="h2" description={zone && t('calls.zone', { zone })}>{t('calls.timeline')}</Header>}>
          <Steps ariaLabel={t('calls.timeline')} steps={timeline.map((moment) => stepOf(moment, call, texts, zone))} />
        </Container>
        <Container header={<Header variant="h2" description={t('calls.why.hint')}>{t('calls.why')}</Header>}>
          <SpaceBetween size="m">
            <Reasons sentences={attempt.allowed_because} zone={zone} />
            {attempt.rules.length > 0 && <RulesTable rules={attempt.rules} />}
          </SpaceBetween>
        </Container>
      </SpaceBetween>
    </ContentLayout>
  );
}

function stepOf({ kind, at }: Schemas['CallMoment'], call: Schemas['Call'], { t, format }: Texts, zone: string | undefined): StepsProps.Step {
  const time = new Intl.DateTimeFormat(format.locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone }).format(new Date(at));
  const step = (status: StepsProps.Status, header: string, beside?: string): StepsProps.Step => ({
    status,
    header: <strong>{header}</strong>,
    details: (
      <Box variant="small" color="text-body-secondary">
        {[time, beside].filter(Boolean).join(' · ')}
      </Box>
    ),
  });
  switch (kind) {
    case 'placed':
      return step('info', t('said.placed', { from: call.from }));
    case 'answered': {
      const rang = (Date.parse(at) - Date.parse(call.created_at)) / 1_000;
      const beside = rang >= 0 ? t('calls.rang', { time: format.seconds(rang) }) : undefined;
      return step('success', call.answered_by ? `${t('attempt.answered')}: ${t(`answeredBy.${call.answered_by}`)}` : t('attempt.answered'), beside);
    }
    case 'ended':
      return call.outcome
        ? step(toneOf(call.outcome) === 'bad' ? 'warning' : 'stopped', t(`said.${call.outcome}`))
        : step('stopped', t('attemptState.ended'));
  }
}
