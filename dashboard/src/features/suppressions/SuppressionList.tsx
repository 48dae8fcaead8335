import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { useMay } from '../../shared/api/queries';
import type { Suppression } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { RemoveSuppression } from '../../shared/suppression/RemoveSuppression';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { AddSuppression } from './AddSuppression';
import { useSuppressions } from './api';
import { ImportDialog } from './ImportDialog';
import { SourceLink } from './SourceLink';

/** Whom nobody may contact, newest first. */
export function SuppressionList() {
  const { t, format } = useTexts();
  useTitle(t('nav.suppressions'));
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const { cursor, pagination } = useCursor('suppressions');
  const query = useSuppressions(cursor);
  const [adding, setAdding] = useState(false);
  const [importing, setImporting] = useState(false);
  const [leaving, setLeaving] = useState<Suppression | null>(null);

  const add = (
    <SpaceBetween direction="horizontal" size="xs">
      {may('import_suppressions') && <Button onClick={() => setImporting(true)}>{t('suppressions.import')}</Button>}
      {may('suppress') && (
        <Button variant="primary" onClick={() => setAdding(true)}>
          {t('suppressions.add')}
        </Button>
      )}
    </SpaceBetween>
  );
  const off = (one: Suppression) => (
    <Button variant={narrow ? 'icon' : 'inline-link'} iconName={narrow ? 'remove' : undefined} ariaLabel={t('suppressions.remove.label', { address: one.address })} onClick={() => setLeaving(one)}>
      {t('action.remove')}
    </Button>
  );
  const columns: TableProps.ColumnDefinition<Suppression>[] = narrow
    ? [
        {
          id: 'address',
          header: t('suppressions.address'),
          isRowHeader: true,
          cell: (one) => (
            <>
              <Box variant="strong">{one.address}</Box>
              <Box variant="small" display="block" color="text-body-secondary">
                {t(`suppressionReason.${one.reason}`)} · {t(`suppressionScope.${one.scope}`)}
                <br />
                {format.dateTime(one.added_at)}
              </Box>
            </>
          ),
        },
      ]
    : [
        { id: 'address', header: t('suppressions.address'), cell: ({ address }) => <Box variant="strong">{address}</Box>, isRowHeader: true },
        { id: 'reason', header: t('suppressions.reason'), cell: ({ reason }) => t(`suppressionReason.${reason}`) },
        { id: 'scope', header: t('suppressions.scope'), cell: ({ scope }) => t(`suppressionScope.${scope}`) },
        { id: 'source', header: t('suppressions.source'), cell: ({ source }) => <SourceLink source={source} /> },
        { id: 'at', header: t('suppressions.at'), cell: ({ added_at }) => format.dateTime(added_at) },
      ];
  if (may('unsuppress')) {
    columns.push({ id: 'remove', header: t('suppressions.actions'), cell: off, width: narrow ? 95 : 130 });
  }
  return (
    <>
      <Loaded query={query}>
        {({ items, next_cursor }) => (
          <ListTable
            title={t('nav.suppressions')}
            description={t('suppressions.description')}
            columnDefinitions={columns}
            items={items}
            trackBy={({ address, scope }) => `${address} ${scope}`}
            actions={add}
            empty={<Empty title={t('suppressions.none')} hint={t('suppressions.none.hint')} action={add} />}
            pagination={pagination(next_cursor)}
          />
        )}
      </Loaded>
      {adding && (
        <AddSuppression
          onCancel={() => setAdding(false)}
          onDone={(address) => {
            setAdding(false);
            done(t('suppressions.added', { address }));
          }}
        />
      )}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
      {leaving && <RemoveSuppression suppression={leaving} verb={t('action.remove')} onClose={() => setLeaving(null)} />}
    </>
  );
}
