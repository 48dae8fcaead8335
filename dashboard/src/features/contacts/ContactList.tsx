import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

import { useMay } from '../../shared/api/queries';
import type { Contact } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { PageButton, PageLink } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useLater } from '../../shared/ui/useLater';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { contactsQuery, useContacts, type Question } from './api';
import { EnrollDialog } from './components/EnrollDialog';
import { nameOf, visible } from './name';

const PER_PAGE = 50;

/** Everybody, by name; or whoever is searched for. What is searched for stands in the address. */
export function ContactList() {
  const { t, n, format } = useTexts();
  useTitle(t('nav.contacts'));
  const may = useMay();
  const narrow = useNarrow();
  const [parameters, setParameters] = useSearchParams();
  const [typed, setTyped] = useState(parameters.get('q') ?? '');
  const [selected, setSelected] = useState<readonly Contact[]>([]);
  const [enrolling, setEnrolling] = useState(false);
  const settled = useLater(typed.trim(), 250);
  const question: Question = { q: settled, tag: parameters.get('tag') ?? '', import: parameters.get('import') ?? '' };
  const isAsked = Object.values(question).some(Boolean);
  const { cursor, pagination } = useCursor(`contacts ${JSON.stringify(question)}`);
  const query = useContacts(question, cursor, PER_PAGE);
  const client = useQueryClient();
  const next = query.isPlaceholderData ? null : query.data?.next_cursor;

  useEffect(() => {
    setParameters(
      (old) => {
        const fresh = new URLSearchParams(old);
        if (settled) {
          fresh.set('q', settled);
        } else {
          fresh.delete('q');
        }
        return fresh;
      },
      { replace: true },
    );
  }, [settled, setParameters]);
  useEffect(() => {
    // The page after this one is there before it is asked for.
    if (next) {
      void client.prefetchQuery(contactsQuery(question, next, PER_PAGE));
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the cursor belongs to this very question
  }, [next, client]);

  const drop = (name: string) =>
    setParameters((old) => {
      const fresh = new URLSearchParams(old);
      fresh.delete(name);
      return fresh;
    });
  const clear = () => {
    setTyped('');
    setParameters({});
  };
  const tags = (contact: Contact) => (
    <SpaceBetween direction="horizontal" size="xxs">
      {contact.tags.slice(0, 3).map((tag) => (
        <PageLink key={tag} href={`/contacts?tag=${encodeURIComponent(tag)}`} ariaLabel={t('contacts.filter.tag.label', { tag })}>
          <Badge>{tag}</Badge>
        </PageLink>
      ))}
      {contact.tags.length > 3 && <Badge>+{format.number(contact.tags.length - 3)}</Badge>}
    </SpaceBetween>
  );
  const columns: TableProps.ColumnDefinition<Contact>[] = narrow
    ? [
        {
          id: 'name',
          header: t('contacts.name'),
          isRowHeader: true,
          cell: (contact) => (
            <>
              <PageLink href={`/contacts/${contact.id}`}>{nameOf(contact)}</PageLink>
              <Box variant="small" display="block" color="text-body-secondary">
                {[contact.phone, visible(contact.company)].filter((text) => text && text !== nameOf(contact)).join(' · ')}
              </Box>
              {tags(contact)}
            </>
          ),
        },
      ]
    : [
        { id: 'name', header: t('contacts.name'), isRowHeader: true, maxWidth: 260, cell: (contact) => <PageLink href={`/contacts/${contact.id}`}>{nameOf(contact)}</PageLink> },
        { id: 'phone', header: t('contacts.field.phone'), cell: ({ phone }) => phone },
        { id: 'company', header: t('contacts.field.company'), cell: ({ company }) => company, minWidth: 170 },
        { id: 'email', header: t('contacts.field.email'), cell: ({ email }) => email },
        { id: 'place', header: t('contacts.country'), cell: ({ place }) => format.country(place.country), minWidth: 160 },
        { id: 'tags', header: t('contacts.field.tags'), cell: tags, minWidth: 130 },
      ];
  const filters = [
    { name: 'tag', label: t('contacts.filter.tag', { tag: question.tag }), on: question.tag !== '' },
    { name: 'import', label: t('contacts.filter.import'), on: question.import !== '' },
  ].filter(({ on }) => on);
  const pages = pagination(next);
  const goOn = () => pages.onChange({ detail: { currentPageIndex: pages.currentPageIndex + 1 } });
  return (
    <>
      <Loaded query={query}>
        {({ items }) => (
          <Table
            variant="full-page"
            stickyHeader
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            wrapLines
            loading={query.isPlaceholderData && items.length === 0}
            loadingText={t('state.loading')}
            {...(may('enroll') && {
              selectionType: 'multi' as const,
              selectedItems: selected,
              onSelectionChange: ({ detail }: { detail: { selectedItems: Contact[] } }) => setSelected(detail.selectedItems),
            })}
            ariaLabels={{
              tableLabel: t('nav.contacts'),
              allItemsSelectionLabel: () => t('contacts.select.all'),
              itemSelectionLabel: (_, contact) => t('contacts.select.one', { name: nameOf(contact) }),
            }}
            header={
              <Header
                variant="awsui-h1-sticky"
                counter={selected.length > 0 ? `(${n('contacts.selected', selected.length)})` : undefined}
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    {may('enroll') && !narrow && (
                      <Button disabled={selected.length === 0} onClick={() => setEnrolling(true)}>
                        {t('contacts.enroll')}
                      </Button>
                    )}
                    {may('create_import') && !narrow && <PageButton href="/imports/new">{t('imports.new')}</PageButton>}
                    {may('create_contact') && (
                      <PageButton href="/contacts/new" variant="primary">
                        {t('contacts.add')}
                      </PageButton>
                    )}
                  </SpaceBetween>
                }
              >
                {t('nav.contacts')}
              </Header>
            }
            filter={
              <SpaceBetween size="xs">
                <TextFilter
                  filteringText={typed}
                  filteringPlaceholder={t('contacts.search')}
                  filteringAriaLabel={t('contacts.search')}
                  onChange={({ detail }) => setTyped(detail.filteringText)}
                />
                {filters.length > 0 && (
                  <TokenGroup
                    items={filters.map(({ label }) => ({ label, dismissLabel: t('contacts.filter.remove', { filter: label }) }))}
                    onDismiss={({ detail }) => drop(filters[detail.itemIndex]?.name ?? '')}
                  />
                )}
              </SpaceBetween>
            }
            empty={
              next ? (
                <Empty title={t('contacts.noMatch.page')} hint={t('contacts.noMatch.page.hint')} action={<Button onClick={goOn}>{t('contacts.goOn')}</Button>} />
              ) : isAsked ? (
                <Empty title={t('contacts.noMatch')} hint={t('contacts.noMatch.hint')} action={<Button onClick={clear}>{t('contacts.clear')}</Button>} />
              ) : (
                <Empty
                  title={t('contacts.none')}
                  hint={t('contacts.none.hint')}
                  action={may('create_import') && <PageButton href="/imports/new">{t('imports.new')}</PageButton>}
                />
              )
            }
            pagination={<Pagination {...pages} disabled={query.isPlaceholderData} />}
          />
        )}
      </Loaded>
      {enrolling && (
        <EnrollDialog
          contacts={selected.map(({ id }) => id)}
          onCancel={() => setEnrolling(false)}
          onDone={() => {
            setEnrolling(false);
            setSelected([]);
          }}
        />
      )}
    </>
  );
}
