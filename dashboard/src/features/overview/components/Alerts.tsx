import Alert, { type AlertProps } from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useMay } from '../../../shared/api/queries';
import type { components } from '../../../shared/api/schema';
import { useTexts } from '../../../shared/i18n';
import { PageButton, PageLink } from '../../../shared/ui/links';
import { useImports } from '../api';

type Schemas = components['schemas'];

interface Props {
  alerts: readonly Schemas['Alert'][];
  live: readonly Schemas['LiveCampaign'][];
}

const TYPES: Record<Schemas['AlertKind'], AlertProps.Type> = {
  provider_missing: 'warning',
  provider_failing: 'error',
  campaign_stalled: 'error',
};

/** What somebody should look at: nothing is said when there is nothing. */
export function Alerts({ alerts, live }: Props) {
  const { t, n } = useTexts();
  const may = useMay();
  const imports = useImports();
  const failed = imports.data?.items.filter(({ state }) => state === 'failed') ?? [];
  const paused = live.filter(({ state }) => state === 'paused');
  const text = ({ kind, campaign, count }: Schemas['Alert']): ReactNode => {
    switch (kind) {
      case 'provider_missing':
        return t('overview.alert.provider_missing.text');
      case 'provider_failing':
        return n('overview.alert.failing', count);
      case 'campaign_stalled':
        return campaign && <PageLink href={`/campaigns/${campaign}`}>{live.find(({ id }) => id === campaign)?.name ?? campaign}</PageLink>;
    }
  };
  if (alerts.length + failed.length + paused.length === 0) {
    return null;
  }
  return (
    <SpaceBetween size="s">
      {alerts.map((alert) => (
        <Alert
          key={`${alert.kind} ${alert.campaign ?? ''}`}
          type={TYPES[alert.kind]}
          header={t(`overview.alert.${alert.kind}`)}
          action={
            alert.kind !== 'campaign_stalled' &&
            may('read_twilio') && <PageButton href="/settings?tab=provider">{t('overview.alert.provider.go')}</PageButton>
          }
        >
          {text(alert)}
        </Alert>
      ))}
      {failed.map(({ id, file_name }) => (
        <Alert key={id} type="error" action={<PageButton href={`/imports/${id}`}>{t('overview.alert.see')}</PageButton>}>
          {t('overview.alert.import', { file: file_name })}
        </Alert>
      ))}
      {paused.length > 0 && (
        <Alert type="info" header={n('overview.alert.paused', paused.length)}>
          {paused.map(({ id, name }, index) => (
            <span key={id}>
              {index > 0 && ', '}
              <PageLink href={`/campaigns/${id}`}>{name}</PageLink>
            </span>
          ))}
        </Alert>
      )}
    </SpaceBetween>
  );
}
