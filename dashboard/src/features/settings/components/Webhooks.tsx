import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useSearchParams } from 'react-router';

import '../settings.css';
import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { Empty } from '../../../shared/ui/states';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useWebhookChanges, useWebhooks, type Webhook } from '../webhooks';
import { Deliveries } from './Deliveries';
import { Secret } from './Secret';
import { WebhookForm } from './WebhookForm';

type Asking = { what: 'new' } | { what: 'edit' | 'rotate' | 'delete'; hook: Webhook } | null;

/** Where another system is told what happens, signed so that it can tell who speaks. */
export function Webhooks() {
  const query = useWebhooks();
  const [search] = useSearchParams();
  const open = search.get('hook');
  return (
    <Loaded query={query}>
      {(hooks) => {
        const hook = hooks.find(({ id }) => id === open);
        return hook ? <Deliveries key={hook.id} hook={hook} /> : <List hooks={hooks} />;
      }}
    </Loaded>
  );
}

function State({ hook }: { hook: Webhook }) {
  const { t, format } = useTexts();
  if (hook.state === 'paused') {
    return <StatusIndicator type="stopped">{t('webhooks.state.paused')}</StatusIndicator>;
  }
  if (hook.state === 'disabled') {
    return <StatusIndicator type="error">{t('webhooks.state.disabled')}</StatusIndicator>;
  }
  return hook.failing_since ? (
    <StatusIndicator type="warning">{t('webhooks.state.failing', { at: format.dateTime(hook.failing_since) })}</StatusIndicator>
  ) : (
    <StatusIndicator type="success">{t('webhooks.state.enabled')}</StatusIndicator>
  );
}

function List({ hooks }: { hooks: readonly Webhook[] }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const { remove, rotate } = useWebhookChanges();
  const [asking, setAsking] = useState<Asking>(null);
  const [secret, setSecret] = useState<{ secret: string; isNew: boolean } | null>(null);
  const close = () => {
    remove.reset();
    rotate.reset();
    setAsking(null);
  };
  const address = ({ id, url, description }: Webhook) => (
    <>
      <PageLink href={`/settings?tab=webhooks&hook=${id}`}>
        <span className="address">{url}</span>
      </PageLink>
      {description && (
        <Box variant="small" color="text-body-secondary" display="block">
          {description}
        </Box>
      )}
    </>
  );
  const events = (hook: Webhook) => hook.events.map((event) => <div key={event}>{event}</div>);
  const actions = (hook: Webhook) => (
    <ButtonDropdown
      variant="inline-icon"
      ariaLabel={t('webhooks.actions', { url: hook.url })}
      expandToViewport
      items={[
        { id: 'edit', text: t('action.edit'), disabled: !may('edit_webhook') },
        { id: 'rotate', text: t('webhooks.rotate'), disabled: !may('rotate_webhook_secret') },
        { id: 'delete', text: t('action.delete'), disabled: !may('delete_webhook') },
      ]}
      onItemClick={({ detail }) => setAsking({ what: detail.id as 'edit' | 'rotate' | 'delete', hook })}
    />
  );
  const columns: TableProps.ColumnDefinition<Webhook>[] = narrow
    ? [
        {
          id: 'url',
          header: t('webhooks.url'),
          isRowHeader: true,
          cell: (hook) => (
            <SpaceBetween size="xxs">
              {address(hook)}
              <State hook={hook} />
              <Box variant="small">{hook.events.join(', ')}</Box>
            </SpaceBetween>
          ),
        },
        { id: 'actions', header: t('webhooks.action'), cell: actions, width: 70 },
      ]
    : [
        { id: 'url', header: t('webhooks.url'), isRowHeader: true, cell: address, minWidth: 260 },
        { id: 'state', header: t('keys.state'), cell: (hook) => <State hook={hook} />, minWidth: 160 },
        { id: 'events', header: t('webhooks.events'), cell: events, minWidth: 160 },
        { id: 'created', header: t('settings.created'), cell: ({ created_at }) => format.dateTime(created_at), minWidth: 150 },
        { id: 'actions', header: t('webhooks.action'), cell: actions },
      ];
  const off = hooks.filter(({ state }) => state === 'disabled').length;
  return (
    <SpaceBetween size="m">
      {off > 0 && (
        <Alert type="error" header={n('webhooks.off', off)}>
          {t('webhooks.off.hint')}
        </Alert>
      )}
      <Table
        columnDefinitions={columns}
        items={hooks}
        trackBy="id"
        wrapLines
        header={
          <Header
            variant="h2"
            description={t('webhooks.hint')}
            actions={may('create_webhook') && <Button onClick={() => setAsking({ what: 'new' })}>{t('webhooks.new')}</Button>}
          >
            {t('webhooks.title')}
          </Header>
        }
        empty={<Empty title={t('webhooks.none')} hint={t('webhooks.none.hint')} />}
        ariaLabels={{ tableLabel: t('webhooks.title') }}
      />
      {(asking?.what === 'new' || asking?.what === 'edit') && (
        <WebhookForm
          hook={asking.what === 'edit' ? asking.hook : null}
          onClose={close}
          onDone={(made) => {
            done(t('webhooks.saved'));
            if (made) {
              setSecret({ secret: made, isNew: true });
            }
            close();
          }}
        />
      )}
      {asking?.what === 'rotate' && (
        <Confirm
          title={t('webhooks.rotate.ask')}
          verb={t('webhooks.rotate')}
          busy={rotate.isPending}
          error={rotate.error}
          onCancel={close}
          onConfirm={() =>
            rotate.mutate(asking.hook, {
              onSuccess: (made) => {
                setSecret(made.secret ? { secret: made.secret, isNew: false } : null);
                close();
              },
            })
          }
        >
          <Box variant="p">{t('webhooks.rotate.text')}</Box>
        </Confirm>
      )}
      {asking?.what === 'delete' && (
        <Confirm
          title={t('webhooks.delete.ask')}
          verb={t('action.delete')}
          busy={remove.isPending}
          error={remove.error}
          onCancel={close}
          onConfirm={() =>
            remove.mutate(asking.hook, {
              onSuccess: () => {
                done(t('webhooks.deleted'));
                close();
              },
            })
          }
        >
          <Box variant="p">
            <span className="address">{asking.hook.url}</span>
          </Box>
          <Box variant="p">{t('webhooks.delete.text')}</Box>
        </Confirm>
      )}
      {secret && (
        <Secret
          title={t('webhooks.secret')}
          text={t(secret.isNew ? 'webhooks.secret.text' : 'webhooks.secret.rotated')}
          secret={secret.secret}
          onClose={() => setSecret(null)}
        />
      )}
    </SpaceBetween>
  );
}
