import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useCampaignNames } from '../../../shared/api/campaigns';
import type { Import } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { useFieldLabel } from './fieldLabel';

/** What the file was imported with, as it was said at the time. */
export function OptionsSaid({ of }: { of: Import }) {
  const { t, format } = useTexts();
  const label = useFieldLabel();
  const { options, mapping, size, started_at, ended_at } = of;
  const name = useCampaignNames(options.campaign ? [options.campaign] : []);
  const items: KeyValuePairsProps.Item[] = [
    {
      label: t('imports.campaign'),
      value: options.campaign ? <PageLink href={`/campaigns/${options.campaign}`}>{name(options.campaign)}</PageLink> : t('imports.campaign.none'),
    },
    { label: t('imports.country'), value: options.country ? format.country(options.country) : t('imports.country.own') },
    { label: t('imports.duplicates'), value: t(`imports.duplicates.${options.duplicates}`) },
    { label: t('imports.size'), value: format.bytes(size) },
    { label: t('imports.started'), value: format.dateTime(started_at) },
    { label: t('imports.ended'), value: format.dateTime(ended_at) },
  ];
  const columns = Object.entries(mapping ?? options.mapping ?? {});
  return (
    <Container header={<Header variant="h2">{t('imports.options')}</Header>}>
      <SpaceBetween size="m">
        <KeyValuePairs columns={3} items={items} />
        {columns.length > 0 && (
          <ExpandableSection headerText={t('imports.mapping')}>
            <KeyValuePairs columns={4} items={columns.map(([header, field]) => ({ label: header, value: label(field) }))} />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}
