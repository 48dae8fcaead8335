import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import './leads.css';
import { useCampaignChoices } from '../../shared/api/campaigns';
import { usePeople } from '../../shared/api/people';
import { useMay } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useFilters } from '../../shared/ui/useFilters';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useNow } from '../../shared/ui/useNow';
import { useTitle } from '../../shared/ui/useTitle';
import { ago } from './ago';
import { useLeads, useReopen } from './api';
import { BookDialog } from './components/BookDialog';
import { CallDialog } from './components/CallDialog';
import { HandleDialog } from './components/HandleDialog';
import { stateOf, STATES, type Lead } from './leads';

/** People who showed interest, newest first: to be called, and to be met, until somebody has taken care of them. */
export function LeadList() {
  const { t, format } = useTexts();
  useTitle(t('nav.leads'));
  const may = useMay();
  const narrow = useNarrow();
  const now = useNow();
  const [search, set] = useFilters();
  const campaign = search.get('campaign') ?? undefined;
  const state = stateOf(search);
  const { cursor, pagination } = useCursor(`leads ${state} ${campaign ?? ''}`);
  const query = useLeads(state, campaign, cursor);
  const person = usePeople();
  const { done } = useNotices();
  const reopen = useReopen();
  const campaigns = useCampaignChoices().data ?? [];
  const [doing, setDoing] = useState<{ what: 'call' | 'book' | 'handle'; lead: Lead } | null>(null);
  const nameOf = (id: string) => campaigns.find((one) => one.id === id)?.name ?? t('calls.campaign');


  const who = (lead: Lead) => (
    <>
      <PageLink href={`/contacts/${lead.contact}`}>{lead.name ?? lead.to}</PageLink>
      {lead.name && (
        <Box variant="small" color="text-body-secondary" display="block">
          {lead.to}
        </Box>
      )}
    </>
  );
  const age = (lead: Lead) =>
    lead.ended_at ? <time dateTime={lead.ended_at} title={format.dateTime(lead.ended_at)}>{ago(lead.ended_at, now, format.locale)}</time> : '–';
  const actions = (lead: Lead) => {
    const name = lead.name ?? lead.to;
    return (
      <div className="lead-actions">
        {may('read_contact') && may('call_contact') && (
          <Button iconName="call" ariaLabel={t('leads.call.label', { name })} onClick={() => setDoing({ what: 'call', lead })}>
            {t('callNow.button')}
          </Button>
        )}
        <Button iconName="calendar" ariaLabel={t('leads.book.label', { name })} onClick={() => setDoing({ what: 'book', lead })}>
          {t('leads.book')}
        </Button>
        {!lead.handled && may('handle_lead') && (
          <Button iconName="check" ariaLabel={t('leads.handle.label', { name })} onClick={() => setDoing({ what: 'handle', lead })}>
            {t('leads.handle')}
          </Button>
        )}
        {lead.handled && may('reopen_lead') && (
          <Button
            iconName="undo"
            ariaLabel={t('leads.reopen.label', { name })}
            onClick={() => reopen.mutate(lead, { onSuccess: () => done(t('leads.reopen.done', { name })) })}
          >
            {t('leads.reopen')}
          </Button>
        )}
      </div>
    );
  };
  const mark = ({ handled }: Lead) => {
    if (!handled) {
      return null;
    }
    const { self, name } = person(handled.by);
    const at = format.dateTime(handled.at);
    return (
      <Box variant="small" color="text-body-secondary" display="block">
        {self ? t('leads.handled.own', { at }) : name ? t('leads.handled.by', { name, at }) : t('leads.handled.at', { at })}
      </Box>
    );
  };
  const source = (lead: Lead) => <PageLink href={`/campaigns/${lead.campaign}`}>{nameOf(lead.campaign)}</PageLink>;
  const columns: TableProps.ColumnDefinition<Lead>[] = narrow
    ? [
        {
          id: 'who',
          header: t('leads.who'),
          isRowHeader: true,
          cell: (lead) => (
            <SpaceBetween size="xs">
              <div>
                {who(lead)}
                <Box variant="small" color="text-body-secondary" display="block">
                  {age(lead)} · {source(lead)}
                </Box>
                {mark(lead)}
              </div>
              {actions(lead)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'who', header: t('leads.who'), isRowHeader: true, minWidth: 200, cell: who },
        { id: 'age', header: t('leads.age'), minWidth: 110, cell: age },
        { id: 'source', header: t('leads.source'), minWidth: 160, cell: source },
        {
          id: 'call',
          header: t('leads.heard'),
          minWidth: 90,
          cell: (lead) => <PageLink href={`/calls/${encodeURIComponent(lead.id)}`}>{format.seconds(lead.talk_seconds)}</PageLink>,
        },
        {
          id: 'actions',
          header: t('leads.next'),
          minWidth: 480,
          cell: (lead) => (
            <>
              {actions(lead)}
              {mark(lead)}
            </>
          ),
        },
      ];
  const any = { value: '', label: t('calls.any') };
  const options = [any, ...campaigns.map(({ id, name }) => ({ value: id, label: name }))];
  const states = STATES.map((value) => ({ value, label: t(`leads.state.${value}`) }));
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <>
          <ProblemAlert error={reopen.error} />
          <ListTable
            title={t('nav.leads')}
            description={t('leads.hint')}
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            wrapLines
            actions={<Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} staleAfterMs={cursor === undefined ? 20_000 : Infinity} />}
            filter={
              <div className="lead-filters">
                <Select
                  inlineLabelText={t('leads.state')}
                  options={states}
                  selectedOption={states.find(({ value }) => value === state) ?? null}
                  onChange={({ detail }) => set({ state: detail.selectedOption.value === 'open' ? undefined : detail.selectedOption.value })}
                />
                <Select
                  inlineLabelText={t('calls.campaign')}
                  options={options}
                  filteringType={options.length > 10 ? 'auto' : 'none'}
                  selectedOption={options.find(({ value }) => value === (campaign ?? '')) ?? any}
                  onChange={({ detail }) => set({ campaign: detail.selectedOption.value })}
                />
              </div>
            }
            pagination={pagination(next_cursor)}
            empty={
              next_cursor ? (
                <Empty title={t('enrollment.noneHere')} hint={t('enrollment.noneHere.hint')} />
              ) : state === 'handled' ? (
                <Empty title={t('leads.none.handled')} hint={t('leads.none.handled.hint')} />
              ) : state === 'open' ? (
                <Empty title={t('leads.none.open')} hint={t('leads.none.hint')} action={<Button onClick={() => set({ state: 'handled' })}>{t('leads.none.open.see')}</Button>} />
              ) : (
                <Empty title={t('leads.none')} hint={t('leads.none.hint')} action={<PageButton href="/campaigns">{t('nav.campaigns')}</PageButton>} />
              )
            }
          />
          {doing?.what === 'call' && <CallDialog lead={doing.lead} onClose={() => setDoing(null)} />}
          {doing?.what === 'handle' && <HandleDialog lead={doing.lead} onClose={() => setDoing(null)} />}
          {doing?.what === 'book' && <BookDialog lead={doing.lead} onClose={() => setDoing(null)} />}
        </>
      )}
    </Loaded>
  );
}
