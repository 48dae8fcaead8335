import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { Campaign } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { PageButton, PageLink } from '../../../shared/ui/links';
import { useImports, useTwilio } from '../api';

/** What somebody should look at: nothing is said when there is nothing. */
export function Alerts({ paused }: { paused: readonly Campaign[] }) {
  const { t, n } = useTexts();
  const twilio = useTwilio();
  const imports = useImports();
  const failed = imports.data?.items.filter(({ state }) => state === 'failed') ?? [];
  return (
    <SpaceBetween size="s">
      {twilio.data?.configured === false && (
        <Alert
          type="warning"
          header={t('overview.alert.twilio')}
          action={<PageButton href="/settings?tab=provider">{t('overview.alert.twilio.go')}</PageButton>}
        >
          {t('overview.alert.twilio.text')}
        </Alert>
      )}
      {failed.map(({ id, file_name }) => (
        <Alert key={id} type="error" action={<PageButton href={`/imports/${id}`}>{t('overview.alert.see')}</PageButton>}>
          {t('overview.alert.import', { file: file_name })}
        </Alert>
      ))}
      {paused.length > 0 && (
        <Alert type="info" header={n('overview.alert.paused', paused.length)}>
          {paused.map(({ id, plan }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <PageLink href={`/campaigns/${id}`}>{plan.name}</PageLink>
            </span>
          ))}
        </Alert>
      )}
    </SpaceBetween>
  );
}
