import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Tabs from '@cloudscape-design/components/tabs';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { useMay } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { useTitle } from '../../shared/ui/useTitle';
import { Audit } from './components/Audit';
import { Keys } from './components/Keys';
import { Organisation } from './components/Organisation';
import { Provider } from './components/Provider';
import { RetryTemplates } from './components/RetryTemplates';
import { Webhooks } from './components/Webhooks';

interface Tab {
  id: 'organisation' | 'provider' | 'retries' | 'keys' | 'webhooks' | 'audit';
  /** The operation that its first request is. */
  operation: string;
  content: ReactNode;
}

const TABS: readonly Tab[] = [
  { id: 'organisation', operation: 'read_settings', content: <Organisation /> },
  { id: 'provider', operation: 'read_twilio', content: <Provider /> },
  { id: 'retries', operation: 'list_retry_templates', content: <RetryTemplates /> },
  { id: 'keys', operation: 'list_api_keys', content: <Keys /> },
  { id: 'webhooks', operation: 'list_webhooks', content: <Webhooks /> },
  { id: 'audit', operation: 'list_audit_log', content: <Audit /> },
];

export function SettingsPage() {
  const { t } = useTexts();
  useTitle(t('nav.settings'));
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const tabs = TABS.filter(({ operation }) => may(operation));
  const active = tabs.find(({ id }) => id === search.get('tab')) ?? tabs[0];
  return (
    <ContentLayout header={<Header variant="h1">{t('nav.settings')}</Header>}>
      <Tabs
        activeTabId={active?.id}
        ariaLabel={t('nav.settings')}
        onChange={({ detail }) => setSearch(detail.activeTabId === 'organisation' ? {} : { tab: detail.activeTabId }, { replace: true })}
        tabs={tabs.map(({ id, content }) => ({ id, label: t(`settings.tab.${id}`), content: id === active?.id && content }))}
      />
    </ContentLayout>
  );
}
