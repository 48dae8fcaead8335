import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TextFilter from '@cloudscape-design/components/text-filter';
import TokenGroup from '@cloudscape-design/components/token-group';

import { useTexts } from '../../../shared/i18n';
import '../contacts.css';
import { useSegments } from '../many';
import type { useQuestion } from '../useQuestion';

const ALL = '';

/** What is searched for: a text as one types, a segment, and what a link asked for besides. */
export function ListFilter({ asking: { typed, setTyped, question, filter, open } }: { asking: ReturnType<typeof useQuestion> }) {
  const { t } = useTexts();
  const segments = useSegments().data ?? [];
  const options = [{ value: ALL, label: t('contacts.segment.all') }, ...segments.map(({ id, name }) => ({ value: id, label: name }))];
  const filters = [
    { name: 'tag' as const, label: t('contacts.filter.tag', { tag: question.tag }) },
    { name: 'import' as const, label: t('contacts.filter.import') },
  ].filter(({ name }) => question[name] !== '');
  return (
    <SpaceBetween size="xs">
      <div className={segments.length > 0 ? 'search-and-segment' : undefined}>
        <TextFilter
          filteringText={typed}
          filteringPlaceholder={t('contacts.search')}
          filteringAriaLabel={t('contacts.search')}
          onChange={({ detail }) => setTyped(detail.filteringText)}
        />
        {segments.length > 0 && (
          <Select
            selectedOption={options.find(({ value }) => value === question.segment) ?? null}
            options={options}
            filteringType={segments.length > 10 ? 'auto' : 'none'}
            ariaLabel={t('contacts.segment.choose')}
            inlineLabelText={t('contacts.segment.choose')}
            onChange={({ detail }) => open(detail.selectedOption.value ?? ALL)}
          />
        )}
      </div>
      {filters.length > 0 && (
        <TokenGroup
          items={filters.map(({ label }) => ({ label, dismissLabel: t('contacts.filter.remove', { filter: label }) }))}
          onDismiss={({ detail }) => {
            const dropped = filters[detail.itemIndex];
            if (dropped) {
              filter(dropped.name, '');
            }
          }}
        />
      )}
    </SpaceBetween>
  );
}
