import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';

import type { Import } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { isMoving, useImports } from './api';
import { StateSign } from './components/StateSign';

export function ImportList() {
  const { t, format } = useTexts();
  useTitle(t('nav.imports'));
  const { cursor, pagination } = useCursor('imports');
  const query = useImports(cursor);
  const narrow = useNarrow();
  const start = (
    <PageButton href="/imports/new" variant="primary">
      {t('imports.new')}
    </PageButton>
  );
  const name = (one: Import) => (
    <>
      <PageLink href={`/imports/${one.id}`}>{one.file_name}</PageLink>
      {narrow && (
        <Box variant="small" display="block" color="text-body-secondary">
          {format.dateTime(one.created_at)}
        </Box>
      )}
    </>
  );
  const state = (one: Import) => (
    <>
      <StateSign of={one} />
      {narrow && one.counts.rows > 0 && (
        <Box variant="small" display="block" color="text-body-secondary">
          {t('imports.list.of', { valid: format.number(one.counts.valid), rows: format.number(one.counts.rows) })}
        </Box>
      )}
    </>
  );
  const columns: TableProps.ColumnDefinition<Import>[] = [
    { id: 'name', header: t('imports.file'), cell: name, isRowHeader: true },
    { id: 'state', header: t('imports.state'), cell: state },
  ];
  if (!narrow) {
    const number = (id: string, header: string, value: (one: Import) => number): TableProps.ColumnDefinition<Import> => ({
      id,
      header,
      cell: (one) => format.number(value(one)),
    });
    columns.push(
      number('rows', t('imports.count.rows'), ({ counts }) => counts.rows),
      number('valid', t('imports.count.valid'), ({ counts }) => counts.valid),
      number('invalid', t('imports.count.invalid'), ({ counts }) => counts.invalid),
      { id: 'at', header: t('imports.at'), cell: (one) => format.dateTime(one.created_at) },
    );
  }
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <ListTable
          title={t('nav.imports')}
          description={t('imports.description')}
          columnDefinitions={columns}
          items={items}
          trackBy="id"
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              {(items.some(isMoving) || query.isRefetchError) && <Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} />}
              {start}
            </SpaceBetween>
          }
          empty={<Empty title={t('imports.none')} hint={t('imports.none.hint')} action={start} />}
          pagination={pagination(next_cursor)}
        />
      )}
    </Loaded>
  );
}
