import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import { useCampaignNames } from '../../../shared/api/campaigns';
import type { ContactFile, Enrollment } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { Reasons } from '../../../shared/ui/Reasons';
import { useExplanation } from '../api';

interface Props {
  contact: ContactFile;
  onEnroll: (() => void) | undefined;
}

/** Where the contact stands in every campaign, and why. */
export function Campaigns({ contact, onEnroll }: Props) {
  const { t, n, format } = useTexts();
  const { enrollments } = contact;
  const name = useCampaignNames(enrollments.map(({ campaign }) => campaign));
  const stand = (enrollment: Enrollment) =>
    enrollment.state === 'ended' ? (
      <StatusIndicator type={enrollment.reason === 'reached' || enrollment.reason === 'message_left' ? 'success' : 'stopped'}>
        {enrollment.reason ? t(`endReason.${enrollment.reason}`) : t('contacts.event.ended')}
      </StatusIndicator>
    ) : (
      <StatusIndicator type="pending">
        {enrollment.due_at ? t('contacts.campaign.next', { at: format.dateTime(enrollment.due_at) }) : t('contacts.campaign.waiting')}
      </StatusIndicator>
    );
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${enrollments.length})`} actions={onEnroll && <Button onClick={onEnroll}>{t('contacts.enroll')}</Button>}>
          {t('nav.campaigns')}
        </Header>
      }
    >
      {enrollments.length === 0 ? (
        <Box color="text-body-secondary">{t('contacts.campaigns.none')}</Box>
      ) : (
        <SpaceBetween size="m">
          {enrollments.map(({ campaign, enrollment }) => (
            <div key={campaign}>
              <PageLink href={`/campaigns/${campaign}/contacts/${contact.id}`} fontSize="heading-xs">
                {name(campaign)}
              </PageLink>
              <div>{stand(enrollment)}</div>
              <Box variant="small" color="text-body-secondary" display="block">
                {[n('contacts.campaign.attempts', enrollment.attempts), enrollment.last_outcome && t(`outcome.${enrollment.last_outcome}`)]
                  .filter(Boolean)
                  .join(' · ')}
              </Box>
              <Why campaign={campaign} contact={contact.id} zone={contact.zones[0]} />
            </div>
          ))}
        </SpaceBetween>
      )}
    </Container>
  );
}

/** The reasons for where it stands, read when somebody wants to know; the whole way is a page of its own. */
function Why({ campaign, contact, zone }: { campaign: string; contact: string; zone: string | undefined }) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  const query = useExplanation(campaign, contact, open);
  return (
    <ExpandableSection variant="footer" headerText={t('contacts.why')} expanded={open} onChange={({ detail }) => setOpen(detail.expanded)}>
      {open && (
        <Loaded query={query}>
          {({ steps }) => (
            <SpaceBetween size="xs">
              {/* How the last attempt ended, and what comes next. */}
              <Reasons sentences={steps.slice(-2).flatMap(({ because }) => because)} zone={zone} />
              <PageLink href={`/campaigns/${campaign}/contacts/${contact}`}>{t('contacts.why.all')}</PageLink>
            </SpaceBetween>
          )}
        </Loaded>
      )}
    </ExpandableSection>
  );
}
