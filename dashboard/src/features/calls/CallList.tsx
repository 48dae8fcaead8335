import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';

import './calls.css';
import type { components } from '../../shared/api/schema';
import { NONE } from '../../shared/format';
import { useCampaignChoices } from '../../shared/api/campaigns';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { OUTCOMES } from '../../shared/ui/outcomes';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useFilters } from '../../shared/ui/useFilters';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { useCalls } from './api';
import { OutcomeSign } from './components/OutcomeSign';
import { filterOf, isFiltered } from './filter';

type Call = components['schemas']['Call'];

/** Calls that have ended, newest first. What is shown is in the address. */
export function CallList() {
  const texts = useTexts();
  const { t, format } = texts;
  useTitle(t('nav.calls'));
  const narrow = useNarrow();
  const [search, set] = useFilters();
  const filter = filterOf(search);
  const { cursor, pagination } = useCursor(search.toString());
  const query = useCalls(filter, cursor);
  const campaigns = useCampaignChoices();
  const campaignName = (id: string) => campaigns.data?.find((one) => one.id === id)?.name ?? t('calls.campaign');

  const who = (one: Call) => (
    <>
      <PageLink href={`/calls/${encodeURIComponent(one.id)}`}>{one.name ?? one.to}</PageLink>
      {one.name && (
        <Box variant="small" color="text-body-secondary" display="block">
          {one.to}
        </Box>
      )}
    </>
  );
  const columns: TableProps.ColumnDefinition<Call>[] = narrow
    ? [
        {
          id: 'who',
          header: t('calls.who'),
          isRowHeader: true,
          cell: (one) => (
            <SpaceBetween size="xxs">
              {who(one)}
              <OutcomeSign outcome={one.outcome} />
              <Box variant="small" color="text-body-secondary">
                {[format.dateTime(one.ended_at), one.talk_seconds ? format.seconds(one.talk_seconds) : ''].filter(Boolean).join(' · ')}
              </Box>
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'who', header: t('calls.who'), isRowHeader: true, minWidth: 180, cell: who },
        { id: 'outcome', header: t('attempt.outcome'), minWidth: 150, cell: (one) => <OutcomeSign outcome={one.outcome} /> },
        { id: 'ended', header: t('calls.ended'), minWidth: 150, cell: (one) => format.dateTime(one.ended_at) },
        {
          id: 'campaign',
          header: t('calls.campaign'),
          minWidth: 180,
          cell: (one) => <PageLink href={`/campaigns/${one.campaign}`}>{campaignName(one.campaign)}</PageLink>,
        },
        { id: 'number', header: t('calls.number'), cell: (one) => format.number(one.number) },
        { id: 'answeredBy', header: t('attempt.answeredBy'), cell: (one) => (one.answered_by ? t(`answeredBy.${one.answered_by}`) : NONE) },
        { id: 'talk', header: t('attempt.talk'), cell: (one) => format.seconds(one.talk_seconds) },
        { id: 'recording', header: t('attempt.recording'), cell: (one) => format.seconds(one.recording_seconds) },
      ];
  const any = { value: '', label: t('calls.any') };
  const select = (name: 'campaign' | 'outcome' | 'answered', label: string, options: readonly { value: string; label: string }[]) => {
    const all = [any, ...options];
    const value = search.get(name) ?? '';
    return (
      <Select
        className="call-filter"
        inlineLabelText={label}
        options={all}
        filteringType={options.length > 10 ? 'auto' : 'none'}
        selectedOption={all.find((one) => one.value === value) ?? { value, label: value }}
        onChange={({ detail }) => set({ [name]: detail.selectedOption.value })}
      />
    );
  };
  const clear = <Button onClick={() => set(Object.fromEntries(Object.keys(filter).map((name) => [name, undefined])))}>{t('campaigns.filter.clear')}</Button>;
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <ListTable
          title={t('nav.calls')}
          description={t('calls.hint')}
          columnDefinitions={columns}
          items={items}
          trackBy="id"
          actions={<Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} staleAfterMs={cursor === undefined ? 20_000 : Infinity} />}
          filter={
            <div className="call-filters">
              <Period from={filter.from} to={filter.to} onChange={(from, to) => set({ from, to })} />
              {select('campaign', t('calls.campaign'), campaigns.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [])}
              {select('outcome', t('attempt.outcome'), OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) })))}
              {select('answered', t('calls.person'), [
                { value: 'true', label: t('calls.person.yes') },
                { value: 'false', label: t('calls.person.no') },
              ])}
              {isFiltered(filter) && clear}
            </div>
          }
          pagination={pagination(next_cursor)}
          empty={
            next_cursor ? (
              <Empty title={t('enrollment.noneHere')} hint={t('enrollment.noneHere.hint')} />
            ) : isFiltered(filter) ? (
              <Empty title={t('calls.noMatch')} action={clear} />
            ) : (
              <Empty title={t('calls.none')} hint={t('calls.none.hint')} />
            )
          }
        />
      )}
    </Loaded>
  );
}

interface PeriodProps {
  from: string | undefined;
  to: string | undefined;
  onChange: (from: string | undefined, to: string | undefined) => void;
}

const RELATIVE: readonly (DateRangePickerProps.RelativeOption & { text: 'hour' | 'day' | 'week' | 'month' })[] = [
  { key: 'hour', amount: 1, unit: 'hour', type: 'relative', text: 'hour' },
  { key: 'day', amount: 1, unit: 'day', type: 'relative', text: 'day' },
  { key: 'week', amount: 7, unit: 'day', type: 'relative', text: 'week' },
  { key: 'month', amount: 30, unit: 'day', type: 'relative', text: 'month' },
];

const SECONDS: Partial<Record<DateRangePickerProps.TimeUnit, number>> = { minute: 60, hour: 3_600, day: 86_400, week: 604_800 };

/** When calls ended. What is chosen relative to now is kept as an instant: an address that is passed on shows the same. */
function Period({ from, to, onChange }: PeriodProps) {
  const { t } = useTexts();
  const value: DateRangePickerProps.Value | null =
    from || to
      ? { type: 'absolute', startDate: from ?? '2000-01-01T00:00:00Z', endDate: to ?? new Date().toISOString() }
      : null;
  const words = (range: DateRangePickerProps.RelativeOption) => RELATIVE.find(({ key }) => key === range.key)?.text;
  return (
    <DateRangePicker
      value={value}
      relativeOptions={[...RELATIVE]}
      placeholder={t('calls.period')}
      showClearButton
      absoluteFormat="long-localized"
      hideTimeOffset
      isValidRange={(range) =>
        range === null || range.type === 'relative' || range.startDate < range.endDate
          ? { valid: true }
          : { valid: false, errorMessage: t('fault.endBeforeStart') }
      }
      i18nStrings={{
        ariaLabel: t('calls.period'),
        formatRelativeRange: (range) => {
          const known = words(range as DateRangePickerProps.RelativeOption);
          return known ? t(`calls.period.${known}`) : '';
        },
      }}
      onChange={({ detail }) => {
        const range = detail.value;
        if (!range) {
          onChange(undefined, undefined);
        } else if (range.type === 'relative') {
          const seconds = (SECONDS[range.unit] ?? 30 * 86_400) * range.amount;
          onChange(new Date(Date.now() - 1_000 * seconds).toISOString(), undefined);
        } else {
          onChange(new Date(range.startDate).toISOString(), new Date(range.endDate).toISOString());
        }
      }}
    />
  );
}
