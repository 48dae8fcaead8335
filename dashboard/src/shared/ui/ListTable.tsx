import Header from '@cloudscape-design/components/header';
import Pagination, { type PaginationProps } from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import { useNarrow } from './useNarrow';

type Given = 'variant' | 'stickyHeader' | 'header' | 'pagination';

interface Props<T> extends Omit<TableProps<T>, Given> {
  /** What the page is called in the navigation. */
  title: string;
  description?: string;
  /** How many, behind the title. */
  counter?: string;
  /** To the right of the title. */
  actions?: ReactNode;
  pagination: PaginationProps;
}

/** The table that is a whole page: one look and one behaviour for every list. */
export function ListTable<T>({ title, description, counter, actions, pagination, ariaLabels, ...table }: Props<T>) {
  const narrow = useNarrow();
  return (
    <Table
      variant="full-page"
      stickyHeader
      wrapLines={narrow}
      header={
        <Header variant="awsui-h1-sticky" description={description} counter={counter} actions={actions}>
          {title}
        </Header>
      }
      pagination={<Pagination {...pagination} />}
      ariaLabels={{ tableLabel: title, ...ariaLabels }}
      {...table}
    />
  );
}
