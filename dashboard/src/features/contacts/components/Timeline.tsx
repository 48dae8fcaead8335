import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Steps, { type StepsProps } from '@cloudscape-design/components/steps';
import type { ReactNode } from 'react';

import { useCampaignNames } from '../../../shared/api/campaigns';
import { useMay } from '../../../shared/api/queries';
import type { Attempt, ContactFile, EndReason, Outcome } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Reasons } from '../../../shared/ui/Reasons';
import { timelineOf, type Event } from '../timeline';
import { EvidenceText } from './EvidenceText';
import { NewNote, NoteText } from './Notes';

/** How an outcome looks: good, not yet, or the end of it. A new one does not compile until it has a sign. */
const OUTCOMES: Record<Outcome, StepsProps.Status> = {
  interested: 'success',
  talked: 'success',
  completed: 'success',
  voicemail_left: 'success',
  hung_up: 'info',
  machine: 'info',
  screened: 'info',
  unknown: 'info',
  fax: 'warning',
  no_answer: 'stopped',
  busy: 'stopped',
  canceled: 'stopped',
  not_placed: 'stopped',
  opted_out: 'warning',
  abandoned: 'warning',
  failed: 'error',
  invalid_number: 'error',
  wrong_number: 'error',
  not_permitted: 'error',
};

const REASONS: Record<EndReason, StepsProps.Status> = {
  reached: 'success',
  message_left: 'success',
  opted_out: 'warning',
  exhausted: 'stopped',
  unreachable: 'error',
  suppressed: 'warning',
  not_allowed: 'warning',
  no_window: 'stopped',
  stopped: 'stopped',
  withdrawn: 'stopped',
  erased: 'stopped',
};

/** Everything that has happened, newest first, and above it what comes next, as seen at `now` (ms since 1970). */
export function Timeline({ contact, now }: { contact: ContactFile; now: number }) {
  const { t, format } = useTexts();
  const may = useMay();
  const events = timelineOf(contact);
  const name = useCampaignNames([...contact.attempts.map(({ campaign }) => campaign), ...contact.enrollments.map(({ campaign }) => campaign)]);
  const inCampaign = (campaign: string) => <PageLink href={`/campaigns/${campaign}/contacts/${contact.id}`}>{name(campaign)}</PageLink>;

  const step = (event: Event): { status: StepsProps.Status; label: string; header: ReactNode; details?: ReactNode } => {
    switch (event.kind) {
      case 'due': {
        const label = Date.parse(event.at) <= now ? t('contacts.event.dueNow') : t('contacts.event.due', { attempt: event.attempt });
        return { status: 'pending', label, header: label, details: inCampaign(event.campaign) };
      }
      case 'call': {
        const { attempt } = event;
        const label = attempt.outcome ? t(`outcome.${attempt.outcome}`) : t(attempt.state === 'in_call' ? 'attemptState.in_call' : 'attemptState.dialing');
        return {
          status: attempt.outcome ? OUTCOMES[attempt.outcome] : 'in-progress',
          label,
          header: t('contacts.event.call', { number: attempt.number, outcome: label }),
          details: <Call attempt={attempt} campaign={inCampaign(attempt.campaign)} zone={contact.zones[0]} />,
        };
      }
      case 'ended': {
        const label = event.reason ? t(`endReason.${event.reason}`) : t('contacts.event.ended');
        return {
          status: event.reason ? REASONS[event.reason] : 'stopped',
          label,
          header: t('contacts.event.ended.why', { reason: label }),
          details: inCampaign(event.campaign),
        };
      }
      case 'consent': {
        const label = t('contacts.event.consent', { kind: t(`consent.${event.consent.kind}`) });
        return { status: 'success', label, header: label, details: <EvidenceText text={event.consent.evidence} /> };
      }
      case 'note':
        return {
          status: 'info',
          label: t('contacts.event.note'),
          header: t('contacts.event.note'),
          details: <NoteText contact={contact.id} note={event.note} />,
        };
      case 'suppressed': {
        const { suppression } = event;
        return {
          status: 'warning',
          label: t('contacts.event.suppressed'),
          header: t('contacts.event.suppressed'),
          details: `${suppression.address} · ${t(`suppressionReason.${suppression.reason}`)} · ${t(`suppressionScope.${suppression.scope}`)}`,
        };
      }
      case 'created':
        return { status: 'info', label: t('contacts.event.created'), header: t('contacts.event.created') };
    }
  };
  return (
    <Container header={<Header variant="h2">{t('contacts.timeline')}</Header>}>
      <SpaceBetween size="m">
        {may('create_note') && <NewNote contact={contact.id} />}
      <Steps
        ariaLabel={t('contacts.timeline')}
        steps={events.map((event) => {
          const { status, label, header, details } = step(event);
          return {
            status,
            statusIconAriaLabel: label,
            header: <strong>{header}</strong>,
            details: (
              <>
                <Box variant="small" color="text-body-secondary" display="block">
                  {format.dateTime(event.at)}
                </Box>
                {details}
              </>
            ),
          };
        })}
      />
      </SpaceBetween>
    </Container>
  );
}

function Call({ attempt, campaign, zone }: { attempt: Attempt; campaign: ReactNode; zone: string | undefined }) {
  const { t, n, format } = useTexts();
  const facts = [
    t('contacts.call.from', { number: attempt.from }),
    attempt.answered_by && t(`answeredBy.${attempt.answered_by}`),
    attempt.talk_seconds ? t('contacts.call.talk', { time: format.seconds(attempt.talk_seconds) }) : null,
    attempt.wish && t(`wish.${attempt.wish}`),
    attempt.recording_seconds ? t('contacts.call.recorded', { time: format.seconds(attempt.recording_seconds) }) : null,
  ].filter(Boolean);
  return (
    <>
      <Box>{campaign}</Box>
      <Box variant="small" color="text-body-secondary" display="block">
        {facts.join(' · ')}
      </Box>
      {(attempt.allowed_because.length > 0 || attempt.rules.length > 0) && (
        <ExpandableSection variant="footer" headerText={attempt.rules.length > 0 ? n('contacts.call.allowed', attempt.rules.length) : t('calls.why')}>
          <Reasons sentences={attempt.allowed_because} zone={zone} />
          {attempt.rules.length > 0 && (
            <Box variant="small" color="text-body-secondary">
              {attempt.rules.map((rule, at) => (
                <span key={`${rule.id}@${rule.version}`}>
                  {at > 0 && ' · '}
                  <code>
                    {rule.id}@{rule.version}
                  </code>{' '}
                  {/^https?:/.test(rule.source) ? (
                    <Link href={rule.source} external fontSize="body-s" externalIconAriaLabel={t('contacts.external')}>
                      {rule.citation}
                    </Link>
                  ) : (
                    rule.citation
                  )}
                </span>
              ))}
            </Box>
          )}
        </ExpandableSection>
      )}
    </>
  );
}
