import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import Header from '@cloudscape-design/components/header';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import { useTexts } from '../../../shared/i18n';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { isCustom, TYPES, type Choices, type FieldType } from '../choices';
import { columnName, FIELDS, troubleWith, type Field } from '../columns';
import { clean, type Sample } from '../sample';
import { useFieldLabel } from './fieldLabel';
import { NumbersPreview } from './NumbersPreview';
import { RowsPreview } from './RowsPreview';

interface Props {
  sample: Sample;
  /** Columns that may all be the number. */
  candidates: string[];
  choices: Choices;
  /** Whether the step was to be left with something wrong in it. */
  asked: boolean;
  onChange: (part: Partial<Choices>) => void;
}

interface Column {
  at: number;
  name: string;
  samples: string[];
}

const CUSTOM = 'custom';

/** Which column is what, beside what stands in it. */
export function ColumnsStep({ sample, candidates, choices, asked, onChange }: Props) {
  const { t, n } = useTexts();
  const label = useFieldLabel();
  const narrow = useNarrow();
  const { headers, rows } = sample;
  const { fields, types, required } = choices;
  const trouble = troubleWith(headers, fields);
  const columns: Column[] = headers.map((header, at) => ({
    at,
    name: columnName(header, at),
    samples: [...new Set(rows.map((row) => clean(row[at] ?? '')).filter(Boolean))].slice(0, 3),
  }));
  const fieldOf = ({ at }: Column): Field => fields[at] ?? 'ignore';
  const isTwice = (column: Column) => {
    const field = fieldOf(column);
    return field !== 'ignore' && fields.filter((other) => other === field).length > 1;
  };

  const options: SelectProps.Options = [
    ...FIELDS.filter((field) => field !== 'ignore' && !field.startsWith('consent:')).map((field) => ({ value: field, label: label(field) })),
    {
      label: t('imports.field.consents'),
      options: FIELDS.filter((field) => field.startsWith('consent:')).map((field) => ({ value: field, label: label(field) })),
    },
    {
      label: t('imports.field.others'),
      options: [
        { value: CUSTOM, label: t('imports.field.custom.option') },
        { value: 'ignore', label: label('ignore') },
      ],
    },
  ];
  const becomes = (column: Column) => {
    const field = fieldOf(column);
    return (
      <Select
        selectedOption={{ value: isCustom(field) ? CUSTOM : field, label: isCustom(field) ? t('imports.field.custom.option') : label(field) }}
        options={options}
        filteringType="auto"
        expandToViewport
        invalid={isTwice(column)}
        ariaLabel={t('imports.columns.becomes.label', { column: column.name })}
        onChange={({ detail }) => {
          const value = detail.selectedOption.value ?? 'ignore';
          onChange({ fields: fields.map((old, at) => (at === column.at ? (value === CUSTOM ? `custom:${column.name}` : value) : old)) });
        }}
      />
    );
  };
  const expects = (column: Column) => {
    const field = fieldOf(column);
    if (field === 'ignore' || field === 'phone') {
      return <Box color="text-body-secondary">{field === 'phone' ? t('imports.columns.always') : '–'}</Box>;
    }
    const type = types[field] ?? 'text';
    return (
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        {isCustom(field) && (
          <Select
            selectedOption={{ value: type, label: t(`imports.type.${type}`) }}
            options={TYPES.map((value) => ({ value, label: t(`imports.type.${value}`) }))}
            expandToViewport
            ariaLabel={t('imports.columns.type.label', { column: column.name })}
            onChange={({ detail }) => onChange({ types: { ...types, [field]: detail.selectedOption.value as FieldType } })}
          />
        )}
        <Checkbox
          checked={required.includes(field)}
          ariaLabel={t('imports.columns.required.label', { column: column.name })}
          onChange={({ detail }) => onChange({ required: detail.checked ? [...required, field] : required.filter((other) => other !== field) })}
        >
          {t('imports.columns.required')}
        </Checkbox>
      </SpaceBetween>
    );
  };
  const examples = (column: Column) => (
    <Box color="text-body-secondary" variant="span">
      {column.samples.length > 0 ? column.samples.map((text) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)).join(' · ') : t('imports.columns.empty')}
    </Box>
  );
  const definitions: TableProps.ColumnDefinition<Column>[] = narrow
    ? [
        {
          id: 'all',
          header: t('imports.columns.column'),
          isRowHeader: true,
          cell: (column) => (
            <SpaceBetween size="xs">
              <Box>
                <Box variant="strong">{column.name}</Box>
                <Box variant="small" display="block">
                  {examples(column)}
                </Box>
              </Box>
              {becomes(column)}
              {expects(column)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'column', header: t('imports.columns.column'), cell: ({ name }) => <Box variant="strong">{name}</Box>, isRowHeader: true, width: 170 },
        { id: 'samples', header: t('imports.columns.samples'), cell: examples, minWidth: 200 },
        { id: 'becomes', header: t('imports.columns.becomes'), cell: becomes, width: 230 },
        { id: 'expects', header: t('imports.columns.expects'), cell: expects, width: 240 },
      ];
  const ignored = fields.filter((field) => field === 'ignore').length;

  return (
    <SpaceBetween size="l">
      {candidates.length > 0 && !fields.includes('phone') && (
        <Alert type="warning" header={t('imports.columns.candidates')}>
          {t('imports.columns.candidates.hint', { columns: candidates.join(', ') })}
        </Alert>
      )}
      {trouble && (asked || (trouble.kind !== 'no-phone' || candidates.length === 0)) && (
        <Alert type="error">
          {trouble.kind === 'no-phone' && t('imports.columns.noPhone')}
          {trouble.kind === 'same-name' && t('imports.columns.sameName', { name: trouble.name })}
          {trouble.kind === 'twice' && t('imports.columns.twice', { columns: trouble.columns.join(', '), field: label(trouble.field) })}
        </Alert>
      )}
      <Table
        columnDefinitions={definitions}
        items={columns}
        trackBy="name"
        wrapLines
        ariaLabels={{ tableLabel: t('imports.step.columns') }}
        header={
          <Header
            variant="h2"
            counter={`(${columns.length})`}
            description={ignored > 0 ? n('imports.columns.ignored', ignored) : undefined}
          >
            {t('imports.columns')}
          </Header>
        }
      />
      <NumbersPreview sample={sample} choices={choices} onChange={onChange} />
      <RowsPreview sample={sample} choices={choices} />
    </SpaceBetween>
  );
}
