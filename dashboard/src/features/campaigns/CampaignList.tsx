import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useSearchParams } from 'react-router';

import { useMay } from '../../shared/api/queries';
import type { Campaign, CampaignState } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { CampaignStateLabel as StateLabel } from '../../shared/ui/CampaignStateLabel';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { useCampaigns, useProgresses } from './api';

const PAGE = 20;
const STATES: readonly CampaignState[] = ['draft', 'scheduled', 'running', 'paused', 'stopping', 'completed', 'archived'];

/** What the address says to show: `current` is everything but the archive. */
function useFilter() {
  const [search, setSearch] = useSearchParams();
  const state = search.get('state') ?? 'current';
  const set = (change: Record<string, string>) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        next.delete('page');
        for (const [name, value] of Object.entries(change)) {
          if (value === '' || value === 'current' || (name === 'page' && value === '1')) {
            next.delete(name);
          } else {
            next.set(name, value);
          }
        }
        return next;
      },
      { replace: true },
    );
  return { text: search.get('q') ?? '', state, page: Math.max(1, Number(search.get('page')) || 1), set };
}

export function CampaignList() {
  const texts = useTexts();
  const { t, n, format } = texts;
  useTitle(t('nav.campaigns'));
  const narrow = useNarrow();
  const may = useMay();
  const { text, state, page, set } = useFilter();
  const query = useCampaigns();

  const all = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const wanted = text.trim().toLocaleLowerCase(format.locale);
  const found = all.filter(
    (one) =>
      (state === 'current' ? one.state !== 'archived' : state === 'all' || one.state === state) &&
      (wanted === '' || one.plan.name.toLocaleLowerCase(format.locale).includes(wanted)),
  );
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const at = Math.min(page, pages);
  const items = found.slice((at - 1) * PAGE, at * PAGE);
  const progress = useProgresses(items.filter((one) => one.state !== 'archived'));

  const progressOf = (one: Campaign) => {
    const known = progress.get(one.id);
    if (!known || known.enrolled === 0) {
      return (
        <Box color="text-body-secondary">{known ? t('campaigns.nobody') : '–'}</Box>
      );
    }
    return (
      <ProgressBar
        ariaLabel={t('campaigns.progressOf', { name: one.plan.name })}
        value={known.percent_ended ?? 0}
        additionalInfo={t('campaigns.doneOf', { ended: format.number(known.ended), enrolled: format.number(known.enrolled) })}
      />
    );
  };
  const create = may('create_campaign') && (
    <PageButton href="/campaigns/new" variant="primary">
      {t('campaigns.new')}
    </PageButton>
  );
  const columns: TableProps.ColumnDefinition<Campaign>[] = narrow
    ? [
        {
          id: 'name',
          header: t('campaigns.name'),
          isRowHeader: true,
          cell: (one) => (
            <SpaceBetween size="xxs">
              <PageLink href={`/campaigns/${one.id}`}>{one.plan.name}</PageLink>
              <StateLabel state={one.state} />
              {progressOf(one)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        {
          id: 'name',
          header: t('campaigns.name'),
          isRowHeader: true,
          minWidth: 220,
          cell: (one) => <PageLink href={`/campaigns/${one.id}`}>{one.plan.name}</PageLink>,
        },
        { id: 'state', header: t('campaigns.state'), minWidth: 130, cell: (one) => <StateLabel state={one.state} /> },
        { id: 'progress', header: t('campaigns.progress'), minWidth: 220, cell: progressOf },
        {
          id: 'rate',
          header: t('campaigns.answerRate'),
          cell: (one) => format.percent(progress.get(one.id)?.answer_rate),
        },
        { id: 'purpose', header: t('campaigns.purpose'), cell: (one) => t(`purpose.${one.plan.purpose}`) },
        { id: 'started', header: t('campaigns.started'), cell: (one) => format.dateTime(one.started_at) },
        { id: 'created', header: t('campaigns.created'), cell: (one) => format.dateTime(one.created_at) },
      ];
  const stateOptions = ['current', 'all', ...STATES].map((value) => ({
    value,
    label: value === 'current' || value === 'all' ? t(`campaigns.filter.${value}`) : t(`campaignState.${value as CampaignState}`),
  }));
  const isFiltered = text !== '' || state !== 'current';
  return (
    <Loaded query={query}>
      {() => (
        <ListTable
          title={t('nav.campaigns')}
          counter={`(${format.number(found.length)}${query.hasNextPage ? '+' : ''})`}
          columnDefinitions={columns}
          items={items}
          trackBy="id"
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} />
              {create}
            </SpaceBetween>
          }
          filter={
            <SpaceBetween direction={narrow ? 'vertical' : 'horizontal'} size="xs">
              <TextFilter
                filteringText={text}
                filteringPlaceholder={t('campaigns.filter.text')}
                filteringAriaLabel={t('campaigns.filter.text')}
                countText={isFiltered ? n('campaigns.found', found.length) : ''}
                onChange={({ detail }) => set({ q: detail.filteringText })}
              />
              <Select
                selectedOption={stateOptions.find(({ value }) => value === state) ?? null}
                options={stateOptions}
                ariaLabel={t('campaigns.filter.state')}
                onChange={({ detail }) => set({ state: detail.selectedOption.value ?? 'current' })}
              />
            </SpaceBetween>
          }
          pagination={{ currentPageIndex: at, pagesCount: pages, onChange: ({ detail }) => set({ page: String(detail.currentPageIndex) }) }}
          empty={
            isFiltered ? (
              <Empty
                title={t('campaigns.noMatch')}
                action={<Button onClick={() => set({ q: '', state: 'current' })}>{t('campaigns.filter.clear')}</Button>}
              />
            ) : (
              <Empty title={t('campaigns.none')} hint={t('campaigns.none.hint')} action={create} />
            )
          }
          footer={
            query.hasNextPage && (
              <Box textAlign="center">
                <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t('campaigns.older')}
                </Button>
              </Box>
            )
          }
        />
      )}
    </Loaded>
  );
}
