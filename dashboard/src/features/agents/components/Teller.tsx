import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { useStory } from '../api';

/** Tells the story of whoever is on the line, while the telephone rings and as long as the call is this agent's. */
export function Teller({ call }: { call: string }) {
  const { t, format } = useTexts();
  const may = useMay();
  const { data: story, error } = useStory(call);
  if (!story) {
    return <Box color="text-body-secondary">{t(error ? 'desk.who.whisper' : 'desk.who.loading')}</Box>;
  }
  const { contact, name, phone, company, custom, campaign, reason, calls, notes } = story;
  const title = name ?? phone ?? t('desk.who.nobody');
  return (
    <SpaceBetween size="m">
      <div>
        <Box variant="h3" tagOverride="h3">
          {contact && may('read_contact') ? <PageLink href={`/contacts/${contact}`}>{title}</PageLink> : title}
        </Box>
        {reason && <Box>{reason}</Box>}
      </div>
      <KeyValuePairs
        columns={3}
        minColumnWidth={130}
        items={[
          ...(phone ? [{ label: t('desk.who.phone'), value: phone }] : []),
          ...(company ? [{ label: t('desk.who.company'), value: company }] : []),
          ...(campaign ? [{ label: t('desk.who.campaign'), value: campaign }] : []),
          ...Object.entries(custom).map(([label, value]) => ({ label, value })),
        ]}
      />
      {notes.length > 0 && (
        <ExpandableSection defaultExpanded headerText={t('desk.who.notes')}>
          <SpaceBetween size="xs">
            {notes.map(({ id, text, created_at }) => (
              <div key={id}>
                <Box variant="small" color="text-body-secondary">
                  {format.dateTime(created_at)}
                </Box>
                <Box>{text}</Box>
              </div>
            ))}
          </SpaceBetween>
        </ExpandableSection>
      )}
      {calls.length > 0 && (
        <ExpandableSection defaultExpanded headerText={t('desk.who.calls')}>
          <SpaceBetween size="xxs">
            {calls.map(({ at, campaign: of, outcome }) => (
              <Box key={at}>
                {format.dateTime(at)}: {of}, {t(`outcome.${outcome}`)}
              </Box>
            ))}
          </SpaceBetween>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}
