import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';

import type { Rule } from '../api/types';
import { useTexts, type Texts } from '../i18n';
import { asksOf, noteOf, type Said } from './ruleWords';
import { useNarrow } from './useNarrow';

const SIGNS: Record<Rule['status'], StatusIndicatorProps.Type> = {
  law: 'success',
  guidance: 'info',
  superseded: 'stopped',
  unverified: 'warning',
};

/** `Germany`, `United States (TX)`, or everywhere. */
export function placeName(code: string, { t, format }: Texts): string {
  const [country, part] = code.split('-');
  return code === '*' ? t('rules.everywhere') : part ? `${format.country(country)} (${part})` : format.country(country);
}

interface Props {
  rules: readonly Rule[];
  header?: ReactNode;
  variant?: TableProps.Variant;
}

const Words = ({ of }: { of: Said | null }) => of && <span lang={of.translated ? undefined : 'en'}>{of.text}</span>;

/** Rules with what they ask, where the law says so, and how sure we are. */
export function RulesTable({ rules, header, variant = 'embedded' }: Props) {
  const texts = useTexts();
  const { t, format } = texts;
  const narrow = useNarrow();
  const places = (rule: Rule) => (
    <SpaceBetween direction="horizontal" size="xxs">
      {rule.jurisdictions.slice(0, 4).map((code) => (
        <Badge key={code}>{placeName(code, texts)}</Badge>
      ))}
      {rule.jurisdictions.length > 4 && <Badge>+{format.number(rule.jurisdictions.length - 4)}</Badge>}
    </SpaceBetween>
  );
  const asks = (rule: Rule) => (
    <SpaceBetween size="xxs">
      <Words of={asksOf(rule, texts)} />
      {rule.note && (
        <Box variant="small" color="text-body-secondary">
          <Words of={noteOf(rule, texts)} />
        </Box>
      )}
      {narrow && places(rule)}
      {narrow && citation(rule)}
      {narrow && name(rule)}
    </SpaceBetween>
  );
  const citation = (rule: Rule) => (
    <>
      {/^https?:/.test(rule.source) ? (
        <Link href={rule.source} external externalIconAriaLabel={t('rules.external')}>
          {rule.citation}
        </Link>
      ) : (
        rule.citation
      )}
      <Box variant="small" color="text-body-secondary" display="block">
        {rule.read_on ? t('rules.readOn', { date: new Intl.DateTimeFormat(format.locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(rule.read_on)) }) : t('rules.notRead')}
      </Box>
    </>
  );
  const name = (rule: Rule) => (
    <>
      <Box variant="code">
        {rule.id}@{rule.version}
      </Box>
      <div>
        <StatusIndicator type={SIGNS[rule.status]}>{t(`ruleStatus.${rule.status}`)}</StatusIndicator>
      </div>
    </>
  );
  const columns: TableProps.ColumnDefinition<Rule>[] = [
    { id: 'asks', header: t('rules.asks'), isRowHeader: true, cell: asks, minWidth: narrow ? undefined : 260 },
    ...(narrow
      ? []
      : [
          { id: 'where', header: t('rules.where'), cell: places, minWidth: 150 },
          { id: 'citation', header: t('rules.citation'), cell: citation, minWidth: 240 },
          { id: 'rule', header: t('rules.rule'), cell: name, minWidth: 190 },
        ]),
  ];
  return (
    <Table
      variant={variant}
      wrapLines
      columnDefinitions={columns}
      items={[...rules]}
      trackBy={({ id, version }) => `${id}@${version}`}
      header={header}
      empty={t('rules.none')}
      ariaLabels={{ tableLabel: t('rules.title') }}
    />
  );
}
