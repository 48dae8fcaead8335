import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import type { Campaign } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { LIVE } from '../../../shared/live';
import { Figure } from '../../../shared/ui/Figure';
import { Freshness } from '../../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useCampaign, useProgress } from '../api';
import { ChooseContacts } from './ChooseContacts';

/** Who is called. The campaign is saved by now: contacts are added to it, not to the form. */
export function AudienceStep({ campaign: { id }, fault }: { campaign: Campaign; fault: (field: string) => string | undefined }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const [choosing, setChoosing] = useState(false);
  const campaign = useCampaign(id, true);
  const progress = useProgress(id, LIVE.loosely);
  const missing = fault('enrollments');
  return (
    <SpaceBetween size="l">
      {missing && <ProblemAlert error={new Error(missing)} />}
      <Container
        header={
          <Header variant="h2" actions={<Freshness at={progress.dataUpdatedAt} failing={progress.isRefetchError} />}>
            {t('audience.title')}
          </Header>
        }
      >
        <Loaded query={progress}>
          {(value) => (
            <KeyValuePairs
              columns={3}
              items={[
                { label: t('audience.enrolled'), value: <Figure>{format.number(value.enrolled)}</Figure> },
                { label: t('live.waiting'), value: <Figure>{format.number(value.waiting)}</Figure> },
                {
                  label: t('audience.imports'),
                  value:
                    (campaign.data?.value.imports_open.length ?? 0) > 0
                      ? campaign.data?.value.imports_open.map((one) => (
                          <PageLink key={one} href={`/imports/${one}`}>
                            {t('campaign.importing.see')}
                          </PageLink>
                        ))
                      : t('audience.imports.none'),
                },
              ]}
            />
          )}
        </Loaded>
      </Container>
      <ColumnLayout columns={2}>
        {may('create_import') && (
          <Container fitHeight header={<Header variant="h2">{t('audience.import')}</Header>}>
            <SpaceBetween size="m">
              <Box variant="p">{t('audience.import.text')}</Box>
              <PageButton iconName="upload" href={`/imports/new?campaign=${id}`}>
                {t('audience.import.go')}
              </PageButton>
            </SpaceBetween>
          </Container>
        )}
        {may('enroll') && may('list_contacts') && (
          <Container fitHeight header={<Header variant="h2">{t('audience.choose')}</Header>}>
            <SpaceBetween size="m">
              <Box variant="p">{t('audience.choose.text')}</Box>
              <Button iconName="add-plus" onClick={() => setChoosing(true)}>
                {t('audience.choose.go')}
              </Button>
            </SpaceBetween>
          </Container>
        )}
      </ColumnLayout>
      <Box color="text-body-secondary">{n('audience.later', progress.data?.enrolled ?? 0)}</Box>
      {choosing && <ChooseContacts campaign={id} onClose={() => setChoosing(false)} />}
    </SpaceBetween>
  );
}
