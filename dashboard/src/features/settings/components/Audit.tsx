import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';

import '../../../shared/ui/list.css';
import '../settings.css';
import type { components } from '../../../shared/api/schema';
import { useTexts, type Texts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { Empty } from '../../../shared/ui/states';
import { useCursor } from '../../../shared/ui/useCursor';
import { useFilters } from '../../../shared/ui/useFilters';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useAudit } from '../api';

type Entry = components['schemas']['AuditEntry'];
type FieldChange = components['schemas']['FieldChange'];

/** Kinds of things that the log speaks of, in the API's words. */
const KINDS = ['campaign', 'enrollment', 'contact', 'note', 'task', 'suppression', 'import', 'user', 'api_key', 'segment', 'retry_template', 'webhook', 'queue', 'agent', 'provider_credentials', 'settings'] as const;

/** Where a thing can be looked at. */
function hrefOf({ kind, id }: Entry): string | null {
  switch (kind) {
    case 'campaign':
    case 'enrollment':
      return id ? `/campaigns/${id}` : null;
    case 'contact':
    case 'note':
      return id ? `/contacts/${id}` : null;
    case 'import':
      return id ? `/imports/${id}` : null;
    case 'settings':
      return '/settings';
    case 'provider_credentials':
      return '/settings?tab=provider';
    default:
      return null;
  }
}

/** A long list says how long it is rather than all that is in it. */
const LISTED = 3;

function shown(value: unknown, texts: Texts): string {
  if (Array.isArray(value) && value.length > LISTED) {
    const first = value.slice(0, LISTED).map((one) => shown(one, texts));
    return `${first.join(', ')} … (${texts.format.number(value.length)})`;
  }
  if (typeof value !== 'string') {
    return cut(JSON.stringify(value));
  }
  return MOMENT.test(value) ? texts.format.dateTime(value) : cut(value);
}

/** A time as the API writes it. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

const CHARS = 120;
const cut = (text: string): string => (text.length > CHARS ? `${text.slice(0, CHARS)}…` : text);

/** Who changed what, and when: an entry is written with its change or neither is. */
export function Audit() {
  const { t, format, maybe } = useTexts();
  const narrow = useNarrow();
  const [search, set] = useFilters();
  const kind = search.get('kind') ?? undefined;
  const subject = search.get('subject') ?? undefined;
  const { cursor, pagination } = useCursor(`audit ${kind} ${subject}`);
  const query = useAudit({ kind, subject }, cursor);

  const who = (entry: Entry) => (
    <>
      <Button variant="inline-link" ariaLabel={t('audit.only', { who: entry.who ?? entry.subject })} onClick={() => set({ subject: entry.subject })}>
        {entry.who ?? (entry.subject.startsWith('key') ? t('audit.key') : t('audit.unknown'))}
      </Button>
      <Box variant="small" color="text-body-secondary" display="block">
        {maybe(`role.${entry.role}`, entry.role)}
        {entry.from_outside && <> · {t('audit.outside')}</>}
      </Box>
    </>
  );
  const what = (entry: Entry) => {
    const href = hrefOf(entry);
    const thing = maybe(`audit.kind.${entry.kind}`, entry.kind);
    return (
      <>
        {t(`audit.${entry.change}`)}: {href ? <PageLink href={href}>{thing}</PageLink> : thing}
        <Box variant="code" display="block" fontSize="body-s" color="text-body-secondary">
          {entry.operation}
        </Box>
      </>
    );
  };
  const columns: TableProps.ColumnDefinition<Entry>[] = narrow
    ? [
        {
          id: 'what',
          header: t('audit.what'),
          isRowHeader: true,
          cell: (entry) => (
            <SpaceBetween size="xxs">
              {what(entry)}
              <Box variant="small">{format.dateTime(entry.at)}</Box>
              {who(entry)}
              <Changes fields={entry.fields} />
            </SpaceBetween>
          ),
        },
      ]
    : [
        { id: 'at', header: t('audit.at'), cell: ({ at }) => format.dateTime(at), minWidth: 150 },
        { id: 'who', header: t('audit.who'), cell: who, minWidth: 250 },
        { id: 'what', header: t('audit.what'), isRowHeader: true, cell: what, minWidth: 190 },
        { id: 'fields', header: t('audit.fields'), cell: ({ fields }) => <Changes fields={fields} />, minWidth: 280 },
      ];
  const any = { value: '', label: t('calls.any') };
  const kinds = [any, ...KINDS.map((value) => ({ value, label: maybe(`audit.kind.${value}`, value) }))];
  const isFiltered = kind !== undefined || subject !== undefined;
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <Table
          columnDefinitions={columns}
          items={items}
          trackBy={({ request, kind: of, id, at }) => `${request} ${of} ${id ?? ''} ${at}`}
          wrapLines
          header={
            <Header variant="h2" description={t('audit.hint')}>
              {t('audit.title')}
            </Header>
          }
          filter={
            <SpaceBetween direction="horizontal" size="xs" alignItems="end">
              <Select
                inlineLabelText={t('audit.kind')}
                selectedOption={kinds.find(({ value }) => value === (kind ?? '')) ?? any}
                options={kinds}
                onChange={({ detail }) => set({ kind: detail.selectedOption.value })}
              />
              {subject !== undefined && (
                <Badge color="blue">{t('audit.by', { who: items.find((one) => one.subject === subject)?.who ?? subject })}</Badge>
              )}
              {isFiltered && <Button onClick={() => set({ kind: undefined, subject: undefined })}>{t('campaigns.filter.clear')}</Button>}
            </SpaceBetween>
          }
          pagination={<Pagination {...pagination(next_cursor)} />}
          empty={next_cursor ? <Empty title={t('enrollment.noneHere')} hint={t('enrollment.noneHere.hint')} /> : <Empty title={t('audit.none')} />}
          ariaLabels={{ tableLabel: t('audit.title') }}
        />
      )}
    </Loaded>
  );
}

const AT_ONCE = 3;

function Changes({ fields }: { fields: readonly FieldChange[] }) {
  const texts = useTexts();
  const { t, n } = texts;
  const line = ({ field, from, to, withheld }: FieldChange) => (
    <li key={field} className="change">
      <Box variant="code" fontSize="body-s">
        {field}
      </Box>{' '}
      {withheld ? (
        <Box variant="span" color="text-body-secondary">
          {t('audit.withheld')}
        </Box>
      ) : (
        <>
          {from !== null && from !== undefined && <del>{shown(from, texts)}</del>}
          {from !== null && from !== undefined && to !== null && to !== undefined && ' → '}
          {to !== null && to !== undefined && <ins>{shown(to, texts)}</ins>}
        </>
      )}
    </li>
  );
  if (fields.length === 0) {
    return '–';
  }
  const list = <ul className="plain-list">{fields.map(line)}</ul>;
  return fields.length <= AT_ONCE ? list : <ExpandableSection headerText={n('audit.count', fields.length)}>{list}</ExpandableSection>;
}
