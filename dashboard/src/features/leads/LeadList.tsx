import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useSearchParams } from 'react-router';

import './leads.css';
import { useCampaignChoices } from '../../shared/api/campaigns';
import { useMay } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton, PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useNow } from '../../shared/ui/useNow';
import { useTitle } from '../../shared/ui/useTitle';
import { ago } from './ago';
import { useLeads, type Call } from './api';
import { BookDialog } from './components/BookDialog';
import { CallDialog } from './components/CallDialog';

/** People who showed interest, newest first: to be called, and to be met. */
export function LeadList() {
  const { t, format } = useTexts();
  useTitle(t('nav.leads'));
  const may = useMay();
  const narrow = useNarrow();
  const now = useNow();
  const [search, setSearch] = useSearchParams();
  const campaign = search.get('campaign') ?? undefined;
  const { cursor, pagination } = useCursor(`leads ${campaign ?? ''}`);
  const query = useLeads(campaign, cursor);
  const campaigns = useCampaignChoices().data ?? [];
  const [doing, setDoing] = useState<{ what: 'call' | 'book'; lead: Call } | null>(null);
  const nameOf = (id: string) => campaigns.find((one) => one.id === id)?.name ?? t('calls.campaign');

  const who = (lead: Call) => (
    <>
      <PageLink href={`/contacts/${lead.contact}`}>{lead.name ?? lead.to}</PageLink>
      {lead.name && (
        <Box variant="small" color="text-body-secondary" display="block">
          {lead.to}
        </Box>
      )}
    </>
  );
  const age = (lead: Call) =>
    lead.ended_at ? <time dateTime={lead.ended_at} title={format.dateTime(lead.ended_at)}>{ago(lead.ended_at, now, format.locale)}</time> : '–';
  const actions = (lead: Call) => {
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
      </div>
    );
  };
  const source = (lead: Call) => <PageLink href={`/campaigns/${lead.campaign}`}>{nameOf(lead.campaign)}</PageLink>;
  const columns: TableProps.ColumnDefinition<Call>[] = narrow
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
              </div>
              {actions(lead)}
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'who', header: t('leads.who'), isRowHeader: true, minWidth: 200, cell: who },
        { id: 'age', header: t('leads.age'), minWidth: 130, cell: age },
        { id: 'source', header: t('leads.source'), minWidth: 180, cell: source },
        {
          id: 'call',
          header: t('leads.heard'),
          minWidth: 120,
          cell: (lead) => <PageLink href={`/calls/${encodeURIComponent(lead.id)}`}>{format.seconds(lead.talk_seconds)}</PageLink>,
        },
        { id: 'actions', header: t('leads.next'), minWidth: 300, cell: actions },
      ];
  const any = { value: '', label: t('calls.any') };
  const options = [any, ...campaigns.map(({ id, name }) => ({ value: id, label: name }))];
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <>
          <ListTable
            title={t('nav.leads')}
            description={t('leads.hint')}
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            wrapLines
            actions={<Freshness at={query.dataUpdatedAt} failing={query.isRefetchError} staleAfterMs={cursor === undefined ? 20_000 : Infinity} />}
            filter={
              <Select
                className="lead-filter"
                inlineLabelText={t('calls.campaign')}
                options={options}
                filteringType={options.length > 10 ? 'auto' : 'none'}
                selectedOption={options.find(({ value }) => value === (campaign ?? '')) ?? any}
                onChange={({ detail }) => setSearch(detail.selectedOption.value ? { campaign: detail.selectedOption.value } : {}, { replace: true })}
              />
            }
            pagination={pagination(next_cursor)}
            empty={
              next_cursor ? (
                <Empty title={t('enrollment.noneHere')} hint={t('enrollment.noneHere.hint')} />
              ) : (
                <Empty title={t('leads.none')} hint={t('leads.none.hint')} action={<PageButton href="/campaigns">{t('nav.campaigns')}</PageButton>} />
              )
            }
          />
          {doing?.what === 'call' && <CallDialog lead={doing.lead} onClose={() => setDoing(null)} />}
          {doing?.what === 'book' && <BookDialog lead={doing.lead} onClose={() => setDoing(null)} />}
        </>
      )}
    </Loaded>
  );
}
