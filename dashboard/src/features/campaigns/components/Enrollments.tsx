import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import '../campaigns.css';
import type { Enrollment, Outcome, StateName } from '../../../shared/api/types';
import { useTexts, type Texts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { OUTCOMES } from '../../../shared/ui/outcomes';
import { Empty } from '../../../shared/ui/states';
import { useCursor } from '../../../shared/ui/useCursor';
import { useFilters } from '../../../shared/ui/useFilters';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useEnrollments } from '../api';

const STATES: readonly StateName[] = ['waiting', 'ended'];

function stateOf(one: Enrollment, { t }: Texts) {
  return one.state === 'waiting' ? (
    <StatusIndicator type="pending">{t('enrollmentState.waiting')}</StatusIndicator>
  ) : (
    <StatusIndicator type={one.reason === 'reached' || one.reason === 'message_left' ? 'success' : 'stopped'}>
      {one.reason ? t(`endReason.${one.reason}`) : t('enrollmentState.ended')}
    </StatusIndicator>
  );
}

interface Props {
  campaign: string;
  /** How often to look again, if at all, milliseconds. */
  interval: number | false;
}

/** Who is in the campaign, and where they stand. The filter is in the address. */
export function Enrollments({ campaign, interval }: Props) {
  const texts = useTexts();
  const { t, format } = texts;
  const narrow = useNarrow();
  const [search, set] = useFilters();
  const state = STATES.find((one) => one === search.get('state'));
  const outcome = OUTCOMES.find((one) => one === search.get('outcome')) as Outcome | undefined;
  const { cursor, pagination } = useCursor(`${campaign} ${state} ${outcome}`);
  const query = useEnrollments(campaign, { state, outcome, cursor }, interval);
  const number = (one: Enrollment) => <PageLink href={`/campaigns/${campaign}/contacts/${one.contact}`}>{one.to}</PageLink>;
  const columns: TableProps.ColumnDefinition<Enrollment>[] = narrow
    ? [
        {
          id: 'to',
          header: t('enrollment.to'),
          isRowHeader: true,
          cell: (one) => (
            <SpaceBetween size="xxs">
              {number(one)}
              {stateOf(one, texts)}
              <Box variant="small" color="text-body-secondary">
                {one.last_outcome
                  ? t('enrollment.lastOf', { n: format.number(one.attempts), outcome: t(`outcome.${one.last_outcome}`) })
                  : t('enrollment.never')}
              </Box>
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'to', header: t('enrollment.to'), isRowHeader: true, cell: number },
        { id: 'state', header: t('enrollment.state'), cell: (one) => stateOf(one, texts) },
        { id: 'attempts', header: t('enrollment.attempts'), cell: (one) => format.number(one.attempts) },
        { id: 'last', header: t('enrollment.last'), cell: (one) => (one.last_outcome ? t(`outcome.${one.last_outcome}`) : '–') },
        { id: 'lastAt', header: t('enrollment.lastAt'), cell: (one) => format.dateTime(one.last_attempt_at) },
        { id: 'due', header: t('enrollment.due'), cell: (one) => format.dateTime(one.due_at) },
        { id: 'priority', header: t('enrollment.priority'), cell: (one) => format.number(one.priority) },
      ];
  const any = { value: '', label: t('enrollment.any') };
  const states = [any, ...STATES.map((value) => ({ value, label: t(`enrollmentState.${value}`) }))];
  const outcomes = [any, ...OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))];
  const isFiltered = state !== undefined || outcome !== undefined;
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <Table
          columnDefinitions={columns}
          items={items}
          trackBy="contact"
          wrapLines={narrow}
          header={<Header variant="h2">{t('enrollment.title')}</Header>}
          filter={
            <SpaceBetween direction={narrow ? 'vertical' : 'horizontal'} size="xs">
              <Select
                className="filter"
                inlineLabelText={t('enrollment.state')}
                selectedOption={states.find(({ value }) => value === (state ?? '')) ?? any}
                options={states}
                onChange={({ detail }) => set({ state: detail.selectedOption.value })}
              />
              <Select
                className="filter"
                inlineLabelText={t('enrollment.last')}
                selectedOption={outcomes.find(({ value }) => value === (outcome ?? '')) ?? any}
                options={outcomes}
                onChange={({ detail }) => set({ outcome: detail.selectedOption.value })}
              />
            </SpaceBetween>
          }
          pagination={<Pagination {...pagination(next_cursor)} />}
          empty={
            next_cursor ? (
              <Empty title={t('enrollment.noneHere')} hint={t('enrollment.noneHere.hint')} />
            ) : isFiltered ? (
              <Empty
                title={t('enrollment.noMatch')}
                action={
                  <Button
                    onClick={() => {
                      set({ state: undefined, outcome: undefined });
                    }}
                  >
                    {t('campaigns.filter.clear')}
                  </Button>
                }
              />
            ) : (
              <Empty title={t('enrollment.none')} hint={t('enrollment.none.hint')} />
            )
          }
          ariaLabels={{ tableLabel: t('enrollment.title') }}
        />
      )}
    </Loaded>
  );
}
