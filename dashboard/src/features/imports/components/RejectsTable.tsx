import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { useMay } from '../../../shared/api/queries';
import type { Import } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { downloadRejects, useRejects } from '../api';
import { useNumbers, type Written } from '../../../shared/api/numbers';
import { mend, mendedFile, mendedName, ruleOf, valueOf, type Fault, type Mends, type RejectedRow, type Rejects } from '../rejects';
import { useLater } from '../../../shared/ui/useLater';
import { useSend } from '../useSend';
import { FaultCell } from './FaultCell';
import { RowEditor } from './RowEditor';
import { useRuleText } from './ruleText';

const PER_PAGE = 20;
const ALL = '';

/** One thing that is wrong with one row. */
export interface Line {
  id: string;
  row: RejectedRow;
  fault: Fault;
}

/** The refused rows: why, what stood there, and a field to put it right in. */
export function RejectsTable({ of }: { of: Import }) {
  const query = useRejects(of.id, true);
  return <Loaded query={query}>{(rejects) => <Lines of={of} rejects={rejects} />}</Loaded>;
}

function Lines({ of, rejects }: { of: Import; rejects: Rejects }) {
  const { t, n, format } = useTexts();
  const ruleText = useRuleText();
  const narrow = useNarrow();
  const may = useMay();
  const navigate = useNavigate();
  const { done } = useNotices();
  const [mends, setMends] = useState<Mends>(new Map());
  const [rule, setRule] = useState(ALL);
  const [page, setPage] = useState(1);
  const [editing, setEditing] = useState<RejectedRow | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const send = useSend();
  useUnsaved(mends.size > 0 && !send.sending);

  const lines: Line[] = rejects.rows.flatMap((row) => row.faults.map((fault, at) => ({ id: `${row.row}.${at}`, row, fault })));
  const word = ({ fault }: Line) => ruleOf(fault.reason).code ?? fault.reason;
  const words = new Map<string, Line[]>();
  for (const line of lines) {
    words.set(word(line), [...(words.get(word(line)) ?? []), line]);
  }
  const shown = rule === ALL ? lines : lines.filter((line) => word(line) === rule);
  const options = [
    { value: ALL, label: t('imports.rejects.all'), description: n('imports.rejects.n', lines.length) },
    ...[...words].map(([value, some]) => ({
      value,
      label: some[0] ? ruleText(some[0].fault.reason) : value,
      description: n('imports.rejects.n', some.length),
    })),
  ];

  const columnOf = (field: string) => Object.entries(of.mapping ?? {}).find(([, mapped]) => mapped === field)?.[0];
  const phone = columnOf('phone');
  const country = columnOf('country');
  const written = (row: RejectedRow): Written => ({
    number: phone ? valueOf(rejects, row, phone, mends) : '',
    country: (country && valueOf(rejects, row, country, mends)) || (of.options.country ?? ''),
  });
  const mendedNow = rejects.rows.filter((row) => mends.has(row.row)).map(written).filter(({ number }) => number !== '');
  const settled = useLater(JSON.stringify(mendedNow));
  const numbers = useNumbers(phone ? (JSON.parse(settled) as Written[]) : []);

  // What is known to be refused again need not be sent.
  const ready: Mends = new Map(
    [...mends].filter(([at]) => {
      const row = rejects.rows.find((one) => one.row === at);
      return row !== undefined && numbers.of(written(row))?.valid !== false;
    }),
  );

  const change = (row: RejectedRow, column: string, value: string) => setMends((old) => mend(rejects, old, row, column, value));
  const cell = ({ row, fault }: Line) => (
    <FaultCell
      fault={fault}
      row={row}
      value={fault.column === null ? null : valueOf(rejects, row, fault.column, mends)}
      mended={mends.has(row.row)}
      checked={fault.column === phone && mends.has(row.row) ? numbers.of(written(row)) : undefined}
      canMend={may('create_import')}
      onChange={(column, value) => change(row, column, value)}
      onEditRow={() => setEditing(row)}
    />
  );
  /** Who the row is about, by whichever columns say so: a number alone cannot be looked up. */
  const naming = (['first_name', 'last_name', 'full_name', 'company'] as const).map(columnOf).filter((name) => name !== undefined);
  const who = ({ row }: Line) => naming.map((name) => valueOf(rejects, row, name, mends)).filter((text) => text.trim() !== '').join(' ');
  const column = ({ fault }: Line) => fault.column ?? t('imports.rejects.wholeRow');
  const why = ({ fault }: Line) => ruleText(fault.reason);
  const wide: TableProps.ColumnDefinition<Line>[] = [
    { id: 'row', header: t('imports.rejects.row'), cell: ({ row }) => format.number(row.row), width: 90, isRowHeader: true },
    ...(naming.length > 0 ? [{ id: 'who', header: t('imports.rejects.who'), cell: who, minWidth: 150 }] : []),
    { id: 'column', header: t('imports.rejects.column'), cell: column, width: 160 },
    { id: 'value', header: t('imports.rejects.value'), cell, minWidth: 300 },
    { id: 'rule', header: t('imports.rejects.rule'), cell: why, minWidth: 260 },
  ];
  const slim: TableProps.ColumnDefinition<Line>[] = [
    {
      id: 'all',
      header: t('imports.rejects.row'),
      isRowHeader: true,
      cell: (line) => (
        <SpaceBetween size="xxs">
          <Box variant="strong">{t('imports.rejects.at', { row: format.number(line.row.row), column: column(line) })}</Box>
          <div>{who(line)}</div>
          {cell(line)}
          <Box variant="small" color="text-body-secondary">
            {why(line)}
          </Box>
        </SpaceBetween>
      ),
    },
  ];

  const submit = async () => {
    setProblem(null);
    const name = mendedName(of.file_name, t('imports.rejects.mendedWord'));
    const file = new Blob([mendedFile(rejects, ready)], { type: 'text/csv' });
    const { campaign, country: land, duplicates, across_tenant, dry_run, fields } = of.options;
    const options = { campaign, country: land, duplicates, across_tenant, dry_run, fields, mapping: of.mapping };
    try {
      const created = await send.start(file, name, options);
      if (created) {
        done(n('imports.rejects.sent', ready.size));
        void navigate(`/imports/${created}`);
      }
    } catch (error) {
      setProblem(error);
    }
  };

  const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
  const here = Math.min(page, pages);
  return (
    <>
      <Table
        columnDefinitions={narrow ? slim : wide}
        items={shown.slice((here - 1) * PER_PAGE, here * PER_PAGE)}
        trackBy="id"
        wrapLines
        ariaLabels={{ tableLabel: t('imports.rejects') }}
        header={
          <SpaceBetween size="s">
            <Header
              variant="h2"
              counter={`(${format.number(of.counts.invalid || rejects.rows.length)})`}
              description={rejects.more ? n('imports.rejects.more', rejects.rows.length) : t('imports.rejects.hint')}
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <Button iconName="download" onClick={() => void downloadRejects(of.id).catch(setProblem)}>
                    {t('action.download')}
                  </Button>
                  {may('create_import') && (
                    <Button variant="primary" disabled={ready.size === 0} loading={send.sending} onClick={() => void submit()}>
                      {ready.size === 0 ? t('imports.rejects.send') : n('imports.rejects.sendN', ready.size)}
                    </Button>
                  )}
                </SpaceBetween>
              }
            >
              {t('imports.rejects')}
            </Header>
            {send.sending && <ProgressBar value={send.percent} label={t('imports.uploading')} />}
            <ProblemAlert error={problem} />
          </SpaceBetween>
        }
        filter={
          words.size > 1 && (
            <Select
              selectedOption={options.find(({ value }) => value === rule) ?? null}
              options={options}
              ariaLabel={t('imports.rejects.filter')}
              onChange={({ detail }) => {
                setRule(detail.selectedOption.value ?? ALL);
                setPage(1);
              }}
            />
          )
        }
        pagination={
          pages > 1 && (
            <Pagination currentPageIndex={here} pagesCount={pages} onChange={({ detail }) => setPage(detail.currentPageIndex)} />
          )
        }
      />
      {editing && (
        <RowEditor
          rejects={rejects}
          row={editing}
          mends={mends}
          onDone={(changed) => {
            setMends(changed);
            setEditing(null);
          }}
          onCancel={() => setEditing(null)}
        />
      )}
    </>
  );
}
