import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Steps from '@cloudscape-design/components/steps';

import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { useImports, useTwilio } from '../api';

/** What to do first, where nothing has been done yet. */
export function FirstSteps() {
  const { t } = useTexts();
  const may = useMay();
  const twilio = useTwilio();
  const imports = useImports();
  const sign = (done: boolean | undefined) => (done ? ('success' as const) : ('pending' as const));
  return (
    <Container header={<Header variant="h2" description={t('first.hint')}>{t('first.title')}</Header>}>
      <Steps
        ariaLabel={t('first.title')}
        steps={[
          ...(may('read_twilio')
            ? [
                {
                  status: sign(twilio.data?.configured),
                  header: <PageLink href="/settings?tab=provider">{t('first.twilio')}</PageLink>,
                  details: t('first.twilio.text'),
                },
              ]
            : []),
          {
            status: sign(imports.data?.items.some(({ state }) => state === 'completed')),
            header: <PageLink href="/imports/new">{t('first.import')}</PageLink>,
            details: t('first.import.text'),
          },
          {
            status: 'pending',
            header: <PageLink href="/campaigns/new">{t('first.campaign')}</PageLink>,
            details: t('first.campaign.text'),
          },
        ]}
      />
    </Container>
  );
}
