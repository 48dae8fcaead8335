import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import { useTexts } from '../../../shared/i18n';
import { useNarrow } from '../../../shared/ui/useNarrow';
import type { Choices } from '../choices';
import { useNumbers } from '../../../shared/api/numbers';
import { clean, type Sample } from '../sample';
import { useFieldLabel } from './fieldLabel';
import { NumberSign } from '../../../shared/ui/NumberSign';
import { writtenIn } from './NumbersPreview';

const SHOWN = 8;
/** More columns than these make a table that nobody reads. */
const COLUMNS = { wide: 5, narrow: 1 };

interface Row {
  at: number;
  cells: string[];
}

/** The first rows as they will be: the number in its international form, the rest under the fields' names. */
export function RowsPreview({ sample, choices }: { sample: Sample; choices: Choices }) {
  const { t } = useTexts();
  const label = useFieldLabel();
  const narrow = useNarrow();
  const written = writtenIn(sample, choices);
  const numbers = useNumbers(written);
  const others = choices.fields
    .map((field, at) => ({ field, at }))
    .filter(({ field }) => field !== 'ignore' && field !== 'phone')
    .slice(0, narrow ? COLUMNS.narrow : COLUMNS.wide);
  const items: Row[] = sample.rows.slice(0, SHOWN).map((cells, at) => ({ at, cells }));
  const columns: TableProps.ColumnDefinition<Row>[] = [
    {
      id: 'phone',
      header: label('phone'),
      isRowHeader: true,
      minWidth: narrow ? undefined : 250,
      cell: ({ at }) => {
        const here = written[at];
        const checked = here && numbers.of(here);
        return (
          <>
            <Box variant="small" display="block" color="text-body-secondary">
              {here?.number || t('imports.preview.noNumber')}
            </Box>
            {checked && <NumberSign checked={checked} />}
          </>
        );
      },
    },
    ...others.map(({ field, at }) => ({ id: `${at}`, header: label(field), minWidth: narrow ? undefined : 120, cell: ({ cells }: Row) => clean(cells[at] ?? '') })),
  ];
  return (
    <Table
      columnDefinitions={columns}
      items={items}
      trackBy={({ at }) => String(at)}
      wrapLines
      ariaLabels={{ tableLabel: t('imports.preview') }}
      header={
        <Header variant="h2" description={t('imports.preview.hint')}>
          {t('imports.preview')}
        </Header>
      }
      empty={t('imports.preview.empty')}
    />
  );
}
