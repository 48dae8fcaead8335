import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';

import { useMay } from '../../shared/api/queries';
import type { Contact } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { PageButton, PageLink } from '../../shared/ui/links';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { contactsQuery, useContacts } from './api';
import { ListActions } from './components/ListActions';
import { ListFilter } from './components/ListFilter';
import { nameOf, visible } from './name';
import { useQuestion } from './useQuestion';

const PER_PAGE = 50;

/** Everybody, by name; or whoever is searched for. */
export function ContactList() {
  const { t, n, format } = useTexts();
  useTitle(t('nav.contacts'));
  const may = useMay();
  const narrow = useNarrow();
  const asking = useQuestion();
  const { question, isAsked } = asking;
  const [selected, setSelected] = useState<readonly Contact[]>([]);
  const { cursor, pagination } = useCursor(`contacts ${JSON.stringify(question)}`);
  const query = useContacts(question, cursor, PER_PAGE);
  const client = useQueryClient();
  const next = query.isPlaceholderData ? null : query.data?.next_cursor;
  const pages = pagination(next);
  const goOn = () => pages.onChange({ detail: { currentPageIndex: pages.currentPageIndex + 1 } });

  // The page after this one is there before it is asked for.
  const readAhead = useEffectEvent((from: string) => void client.prefetchQuery(contactsQuery(question, from, PER_PAGE)));
  useEffect(() => {
    if (next) {
      readAhead(next);
    }
  }, [next]);

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
  const link = (contact: Contact) => <PageLink href={`/contacts/${contact.id}`}>{nameOf(contact)}</PageLink>;
  const columns: TableProps.ColumnDefinition<Contact>[] = narrow
    ? [
        {
          id: 'name',
          header: t('contacts.name'),
          isRowHeader: true,
          cell: (contact) => (
            <>
              {link(contact)}
              <Box variant="small" display="block" color="text-body-secondary">
                {[contact.phone, visible(contact.company)].filter((text) => text && text !== nameOf(contact)).join(' · ')}
              </Box>
              {tags(contact)}
            </>
          ),
        },
      ]
    : [
        { id: 'name', header: t('contacts.name'), isRowHeader: true, maxWidth: 260, cell: link },
        { id: 'phone', header: t('contacts.field.phone'), cell: ({ phone }) => phone },
        { id: 'company', header: t('contacts.field.company'), cell: ({ company }) => company, minWidth: 170 },
        { id: 'email', header: t('contacts.field.email'), cell: ({ email }) => email },
        { id: 'place', header: t('contacts.country'), cell: ({ place }) => format.country(place.country), minWidth: 160 },
        { id: 'tags', header: t('contacts.field.tags'), cell: tags, minWidth: 130 },
      ];
  const empty = next ? (
    <Empty title={t('contacts.noMatch.page')} hint={t('contacts.noMatch.page.hint')} action={<Button onClick={goOn}>{t('contacts.goOn')}</Button>} />
  ) : isAsked ? (
    <Empty
      title={t('contacts.noMatch')}
      hint={t('contacts.noMatch.hint')}
      action={<Button onClick={() => asking.open('')}>{t('contacts.clear')}</Button>}
    />
  ) : (
    <Empty
      title={t('contacts.none')}
      hint={t('contacts.none.hint')}
      action={may('create_import') && <PageButton href="/imports/new">{t('imports.new')}</PageButton>}
    />
  );
  return (
    <Loaded query={query}>
      {({ items }) => (
        <ListTable
          title={t('nav.contacts')}
          counter={selected.length > 0 ? `(${n('contacts.selected', selected.length)})` : undefined}
          actions={<ListActions question={question} selected={selected} onDone={() => setSelected([])} onSegment={asking.open} />}
          wrapLines
          columnDefinitions={columns}
          items={items}
          trackBy="id"
          loading={query.isPlaceholderData && items.length === 0}
          loadingText={t('state.loading')}
          {...((may('enroll') || may('change_contacts')) && {
            selectionType: 'multi' as const,
            selectedItems: selected,
            onSelectionChange: ({ detail }: { detail: { selectedItems: Contact[] } }) => setSelected(detail.selectedItems),
          })}
          ariaLabels={{
            allItemsSelectionLabel: () => t('contacts.select.all'),
            itemSelectionLabel: (_, contact) => t('contacts.select.one', { name: nameOf(contact) }),
          }}
          filter={<ListFilter asking={asking} />}
          empty={empty}
          pagination={{ ...pages, disabled: query.isPlaceholderData }}
        />
      )}
    </Loaded>
  );
}
