import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Steps from '@cloudscape-design/components/steps';
import { useParams } from 'react-router';

import { useMay } from '../../shared/api/queries';
import type { components } from '../../shared/api/schema';
import type { Attempt, EnrollmentDetail } from '../../shared/api/types';
import { useTexts, type Texts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { Reasons } from '../../shared/ui/Reasons';
import { RulesTable } from '../../shared/ui/RulesTable';
import { toneOf } from '../../shared/ui/tones';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { useCampaign, useEnrollment, useExplanation } from './api';

type Step = components['schemas']['ExplanationStep'];
type Replay = components['schemas']['Replay'];

const REPLAY_SIGNS: Record<Replay, StatusIndicatorProps.Type> = {
  same: 'success',
  other_rules: 'info',
  not_kept: 'stopped',
  altered: 'error',
};

const nameOf = ({ contact, enrollment }: EnrollmentDetail): string =>
  [contact?.first_name, contact?.last_name].filter(Boolean).join(' ') || contact?.company || enrollment.to;

/** One contact's way through one campaign: where it stands, what happened, and why it was allowed. */
export function EnrollmentPage() {
  const { campaign = '', contact = '' } = useParams();
  const query = useEnrollment(campaign, contact);
  return <Loaded query={query}>{(detail) => <Detail campaign={campaign} detail={detail} at={query.dataUpdatedAt} failing={query.isRefetchError} />}</Loaded>;
}

interface Props {
  campaign: string;
  detail: EnrollmentDetail;
  at: number;
  failing: boolean;
}

function Detail({ campaign, detail, at, failing }: Props) {
  const texts = useTexts();
  const { t, format } = texts;
  const may = useMay();
  const { enrollment, contact, attempts } = detail;
  const name = nameOf(detail);
  useTitle(name);
  const isWaiting = enrollment.state === 'waiting';
  const explanation = useExplanation(campaign, enrollment.contact, isWaiting);
  const plan = useCampaign(campaign).data?.value.plan;
  const zone = contact?.zones[0];
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.campaigns'), href: '/campaigns' },
            { text: plan?.name ?? t('calls.campaign'), href: `/campaigns/${campaign}?tab=contacts` },
            { text: name, href: `/campaigns/${campaign}/contacts/${enrollment.contact}` },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          actions={isWaiting && <Freshness at={at} failing={failing} />}
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{t('enrollment.stands')}</Header>}>
          <SpaceBetween size="l">
            <KeyValuePairs
              columns={4}
              minColumnWidth={150}
              items={[
                {
                  label: t('enrollment.state'),
                  value: isWaiting ? (
                    <StatusIndicator type="pending">{t('enrollmentState.waiting')}</StatusIndicator>
                  ) : (
                    <StatusIndicator type={enrollment.reason === 'reached' || enrollment.reason === 'message_left' ? 'success' : 'stopped'}>
                      {enrollment.reason ? t(`endReason.${enrollment.reason}`) : t('enrollmentState.ended')}
                    </StatusIndicator>
                  ),
                },
                {
                  label: isWaiting ? t('enrollment.due') : t('enrollment.endedAt'),
                  value: format.dateTime(isWaiting ? enrollment.due_at : enrollment.ended_at, zone),
                },
                { label: t('enrollment.attempts'), value: format.number(enrollment.attempts) },
                { label: t('enrollment.priority'), value: format.number(enrollment.priority) },
                {
                  label: t('enrollment.to'),
                  value:
                    contact && may('read_contact') ? <PageLink href={`/contacts/${enrollment.contact}`}>{enrollment.to}</PageLink> : enrollment.to,
                },
                { label: t('enrollment.place'), value: contact ? format.country(contact.place.country) : '–' },
                { label: t('enrollment.zones'), value: contact?.zones.join(', ') ?? '–' },
              ]}
            />
            {!contact && <Alert type="info">{t('enrollment.erased')}</Alert>}
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2" description={t('why.hint')}>{t('why.title')}</Header>}>
          <Loaded query={explanation}>
            {({ steps }) => (
              <Steps
                ariaLabel={t('why.title')}
                steps={steps.map((step, index) => ({
                  status: statusOf(step, attempts, index === steps.length - 1 && isWaiting),
                  header: <strong>{headline(step, detail, index === 0, index === steps.length - 1, texts, zone)}</strong>,
                  details: (
                    <StepDetails step={step} isFirst={index === 0} zone={zone} attempt={attempts.find(({ number }) => number === step.attempt)} />
                  ),
                }))}
              />
            )}
          </Loaded>
        </Container>
        {attempts.map((attempt) => (
          <AttemptCard key={attempt.number} attempt={attempt} zone={zone} texts={texts} />
        ))}
      </SpaceBetween>
    </ContentLayout>
  );
}

/** The sign of a step: that of the outcome where it is an end. A step that placed a call carries its replay. */
function statusOf(step: Step, attempts: readonly Attempt[], isNext: boolean): StatusIndicatorProps.Type {
  if (isNext) {
    return 'pending';
  }
  const attempt = attempts.find(({ number }) => number === step.attempt);
  if (!attempt || step.replay) {
    return 'info';
  }
  switch (attempt.outcome ? toneOf(attempt.outcome) : 'quiet') {
    case 'good':
    case 'fair':
      return 'success';
    case 'quiet':
      return 'stopped';
    case 'bad':
      return 'warning';
  }
}

/** What happened, in the reader's own language: from what is known of the call rather than from the API's sentence. */
function headline(step: Step, { enrollment, attempts }: EnrollmentDetail, isFirst: boolean, isLast: boolean, { t, format }: Texts, zone: string | undefined): string {
  const attempt = attempts.find(({ number }) => number === step.attempt);
  if (isFirst) {
    return t('said.enrolled');
  }
  if (attempt) {
    const call = t('why.attempt', { n: format.number(attempt.number) });
    return `${call} · ${step.replay ? t('said.placed', { from: attempt.from }) : attempt.outcome ? t(`said.${attempt.outcome}`) : step.what}`;
  }
  if (!isLast) {
    return step.what;
  }
  if (enrollment.reason) {
    return t('said.over', { reason: t(`endReason.${enrollment.reason}`) });
  }
  return step.at ? t('said.waiting', { at: format.dateTime(step.at, zone) }) : t('said.inProgress');
}

function StepDetails({ step, isFirst, attempt, zone }: { step: Step; isFirst: boolean; attempt: Attempt | undefined; zone: string | undefined }) {
  const { t, n, format } = useTexts();
  const rules = step.replay && attempt ? attempt.rules.length : 0;
  return (
    <SpaceBetween size="xs">
      {step.at && (
        <Box variant="small" color="text-body-secondary">
          {format.dateTime(step.at, zone)}
        </Box>
      )}
      <Reasons sentences={isFirst ? [step.what, ...step.because] : step.because} zone={zone} />
      {step.replay && (
        <SpaceBetween direction="horizontal" size="m">
          <StatusIndicator type={REPLAY_SIGNS[step.replay]}>{t(`replay.${step.replay}`)}</StatusIndicator>
          {rules > 0 && <Box color="text-body-secondary">{n('why.rules', rules)}</Box>}
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** A call with its numbers, and the rules that allowed it with their citations. */
function AttemptCard({ attempt, zone, texts: { t, format } }: { attempt: Attempt; zone: string | undefined; texts: Texts }) {
  const pairs = [
    { label: t('attempt.outcome'), value: attempt.outcome ? t(`outcome.${attempt.outcome}`) : stateOf(attempt.state, t) },
    { label: t('attempt.from'), value: attempt.from },
    { label: t('attempt.placed'), value: format.dateTime(attempt.created_at, zone) },
    { label: t('attempt.answered'), value: format.dateTime(attempt.answered_at, zone) },
    { label: t('attempt.answeredBy'), value: attempt.answered_by ? t(`answeredBy.${attempt.answered_by}`) : '–' },
    { label: t('attempt.talk'), value: format.seconds(attempt.talk_seconds) },
    { label: t('attempt.recording'), value: format.seconds(attempt.recording_seconds) },
    { label: t('attempt.call'), value: attempt.call ? <Box variant="code">{attempt.call}</Box> : '–' },
  ];
  return (
    <Container header={<Header variant="h2">{t('why.attempt', { n: format.number(attempt.number) })}</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs columns={4} minColumnWidth={150} items={pairs} />
        {attempt.rules.length > 0 && (
          <ExpandableSection headerText={t('attempt.rules')} headerCounter={`(${format.number(attempt.rules.length)})`}>
            <RulesTable rules={attempt.rules} />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

function stateOf(state: string, t: Texts['t']): string {
  switch (state) {
    case 'dialing':
    case 'in_call':
    case 'ended':
      return t(`attemptState.${state}`);
    default:
      return state;
  }
}
