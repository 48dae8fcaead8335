import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import '../settings.css';
import { useMay } from '../../../shared/api/queries';
import { useTexts, type Texts } from '../../../shared/i18n';
import { Freshness } from '../../../shared/ui/Freshness';
import { PageButton } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { Empty } from '../../../shared/ui/states';
import { useCursor } from '../../../shared/ui/useCursor';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useDeliveries, useOrder, type Delivery, type Webhook } from '../webhooks';

/** What a webhook was told, and how it answered. */
export function Deliveries({ hook }: { hook: Webhook }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const [orderedAt, setOrderedAt] = useState(0);
  const [shown, setShown] = useState<string | null>(null);
  const { cursor, pagination } = useCursor(`deliveries ${hook.id}`);
  const query = useDeliveries(hook.id, cursor, orderedAt);
  const order = useOrder(hook.id);
  const isOn = hook.state === 'enabled';
  const send = (delivery: string | null) =>
    order.mutate(delivery, {
      onSuccess: () => {
        setOrderedAt(Date.now());
        done(t('webhooks.ordered'));
      },
    });

  const again = (one: Delivery) =>
    may('replay_webhook_delivery') && (
      <Button
        variant="inline-link"
        disabled={!isOn}
        ariaLabel={t('webhooks.replay.of', { event: one.event, at: format.dateTime(one.at) })}
        onClick={() => send(one.id)}
      >
        {t('webhooks.replay')}
      </Button>
    );
  const details = (one: Delivery) => (
    <Button variant="inline-link" ariaLabel={t('webhooks.details.of', { event: one.event, at: format.dateTime(one.at) })} onClick={() => setShown(one.id)}>
      {one.event}
    </Button>
  );
  const columns: TableProps.ColumnDefinition<Delivery>[] = narrow
    ? [
        {
          id: 'event',
          header: t('webhooks.event'),
          isRowHeader: true,
          cell: (one) => (
            <SpaceBetween size="xxs">
              {details(one)}
              <Box variant="small">{format.dateTime(one.at)}</Box>
              <Result delivery={one} />
              {again(one)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'at', header: t('audit.at'), cell: ({ at }) => format.dateTime(at), minWidth: 150 },
        { id: 'event', header: t('webhooks.event'), isRowHeader: true, cell: details, minWidth: 170 },
        { id: 'state', header: t('webhooks.answer'), cell: (one) => <Result delivery={one} />, minWidth: 220 },
        { id: 'tries', header: t('webhooks.tries'), cell: ({ tries }) => n('webhooks.tries.count', tries.length) },
        { id: 'again', header: t('webhooks.action'), cell: again },
      ];
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => {
        const open = items.find(({ id }) => id === shown);
        return (
          <SpaceBetween size="m">
            <ProblemAlert error={order.error} />
            <Table
              columnDefinitions={columns}
              items={items}
              trackBy="id"
              wrapLines
              header={
                <Header
                  variant="h2"
                  description={<span className="address">{hook.url}</span>}
                  actions={
                    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                      <Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} staleAfterMs={60_000} />
                      <PageButton href="/settings?tab=webhooks">{t('webhooks.all')}</PageButton>
                      {may('test_webhook') && (
                        <Button disabled={!isOn} loading={order.isPending} onClick={() => send(null)}>
                          {t('webhooks.test')}
                        </Button>
                      )}
                    </SpaceBetween>
                  }
                >
                  {t('webhooks.log')}
                </Header>
              }
              pagination={(next_cursor || cursor) && <Pagination {...pagination(next_cursor)} />}
              empty={<Empty title={t('webhooks.log.none')} hint={t('webhooks.log.none.hint')} />}
              ariaLabels={{ tableLabel: t('webhooks.log') }}
            />
            {open && <Details delivery={open} onClose={() => setShown(null)} />}
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}

function Result({ delivery: { state, tries, next_at } }: { delivery: Delivery }) {
  const texts = useTexts();
  const { t, format } = texts;
  const last = tries.at(-1);
  const said = last ? answerOf(last, texts) : '';
  switch (state) {
    case 'delivered':
      return <StatusIndicator type="success">{said || t('webhooks.delivered')}</StatusIndicator>;
    case 'failed':
      return <StatusIndicator type="error">{said || t('webhooks.failed')}</StatusIndicator>;
    case 'pending':
      return (
        <>
          <StatusIndicator type={last ? 'warning' : 'pending'}>{said || t('webhooks.pending')}</StatusIndicator>
          {next_at && (
            <Box variant="small" color="text-body-secondary" display="block">
              {t('webhooks.next', { at: format.dateTime(next_at) })}
            </Box>
          )}
        </>
      );
  }
}

/** How it was answered, or why it was not. */
const answerOf = ({ status, error }: Delivery['tries'][number], { t, maybe }: Texts): string =>
  status ? t('webhooks.status', { status }) : maybe(`webhooks.error.${error ?? ''}`, error ?? '');

function Details({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const texts = useTexts();
  const { t, format } = texts;
  return (
    <Modal visible size="large" header={delivery.event} onDismiss={onClose}>
      <SpaceBetween size="l">
        <Table
          variant="embedded"
          columnDefinitions={[
            { id: 'at', header: t('audit.at'), isRowHeader: true, cell: ({ at }) => `${format.dateTime(at)} (${format.time(at)})` },
            { id: 'answer', header: t('webhooks.answer'), cell: (tried) => answerOf(tried, texts) },
          ]}
          items={delivery.tries}
          wrapLines
          header={<Header variant="h3">{t('webhooks.tries')}</Header>}
          empty={t('webhooks.pending')}
          ariaLabels={{ tableLabel: t('webhooks.tries') }}
        />
        <SpaceBetween size="xs">
          <Header variant="h3" description={`webhook-id: ${delivery.message}`}>
            {t('webhooks.payload')}
          </Header>
          <pre className="payload" tabIndex={0} aria-label={t('webhooks.payload')}>
            {JSON.stringify(delivery.payload, null, 2)}
          </pre>
        </SpaceBetween>
      </SpaceBetween>
    </Modal>
  );
}
