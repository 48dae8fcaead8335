import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { useMay } from '../../../shared/api/queries';
import type { components } from '../../../shared/api/schema';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { Empty } from '../../../shared/ui/states';
import { useCursor } from '../../../shared/ui/useCursor';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useNow } from '../../../shared/ui/useNow';
import { useKeys, useRevokeKey } from '../api';
import { NewKeyForm } from './NewKeyForm';
import { Secret } from './Secret';

type ApiKey = components['schemas']['ApiKey'];

/** What programs sign in with. A key's secret is shown once, when it is made. */
export function Keys() {
  const { t, format } = useTexts();
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const now = useNow();
  const { cursor, pagination } = useCursor('keys');
  const query = useKeys(cursor);
  const revoke = useRevokeKey();
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [asked, setAsked] = useState<{ one: ApiKey; key: string } | null>(null);

  const state = ({ revoked_at, expires_at }: ApiKey) => {
    if (revoked_at) {
      return <StatusIndicator type="stopped">{t('keys.revoked')}</StatusIndicator>;
    }
    return expires_at && Date.parse(expires_at) <= now ? (
      <StatusIndicator type="stopped">{t('keys.expired')}</StatusIndicator>
    ) : (
      <StatusIndicator type="success">{t('keys.active')}</StatusIndicator>
    );
  };
  const take = (one: ApiKey) =>
    one.revoked_at === null || one.revoked_at === undefined ? (
      may('revoke_api_key') && (
        <Button variant="inline-link" ariaLabel={t('keys.revoke.of', { name: one.name })} onClick={() => setAsked({ one, key: newKey() })}>
          {t('keys.revoke')}
        </Button>
      )
    ) : (
      <Box color="text-body-secondary">{format.dateTime(one.revoked_at)}</Box>
    );
  const name = (one: ApiKey) => (
    <>
      {one.name}
      <Box variant="code" display="block" fontSize="body-s">
        {one.prefix}…
      </Box>
    </>
  );
  const columns: TableProps.ColumnDefinition<ApiKey>[] = narrow
    ? [
        {
          id: 'name',
          header: t('keys.name'),
          isRowHeader: true,
          cell: (one) => (
            <SpaceBetween size="xxs">
              {name(one)}
              {state(one)}
              <Box variant="small">{one.scopes.join(', ')}</Box>
              {take(one)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'name', header: t('keys.name'), isRowHeader: true, cell: name },
        { id: 'state', header: t('keys.state'), cell: state },
        { id: 'scopes', header: t('keys.scopes'), cell: ({ scopes }) => scopes.join(', ') },
        { id: 'used', header: t('keys.used'), cell: ({ last_used_at }) => (last_used_at ? format.dateTime(last_used_at) : t('keys.never')) },
        { id: 'expires', header: t('keys.expires'), cell: ({ expires_at }) => (expires_at ? format.dateTime(expires_at) : t('keys.forGood')) },
        { id: 'action', header: t('keys.action'), cell: take },
      ];
  const carryOut = async () => {
    if (asked) {
      await revoke.mutateAsync({ id: asked.one.id, version: asked.one.version, key: asked.key });
      done(t('keys.revoke.done', { name: asked.one.name }));
      setAsked(null);
    }
  };
  const make = may('create_api_key') && <Button onClick={() => setMaking(true)}>{t('keys.new')}</Button>;
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <>
          <Table
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            wrapLines
            header={
              <Header variant="h2" description={t('keys.hint')} actions={make}>
                {t('keys.title')}
              </Header>
            }
            pagination={(next_cursor || cursor) && <Pagination {...pagination(next_cursor)} />}
            empty={<Empty title={t('keys.none')} hint={t('keys.none.hint')} />}
            ariaLabels={{ tableLabel: t('keys.title') }}
          />
          {making && (
            <NewKeyForm
              onMade={(made) => {
                setMaking(false);
                setSecret(made);
              }}
              onClose={() => setMaking(false)}
            />
          )}
          {secret !== null && <Secret title={t('keys.made')} text={t('keys.made.text')} secret={secret} onClose={() => setSecret(null)} />}
          {asked && (
            <Confirm
              title={t('keys.revoke.ask', { name: asked.one.name })}
              verb={t('keys.revoke')}
              busy={revoke.isPending}
              error={revoke.error}
              onConfirm={() => void carryOut().catch(() => undefined)}
              onCancel={() => {
                revoke.reset();
                setAsked(null);
              }}
            >
              <Box variant="p">{t('keys.revoke.text')}</Box>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}
