import { usePeople } from '../../shared/api/people';
import { useTexts } from '../../shared/i18n';
import { PageLink } from '../../shared/ui/links';
import { sourceOf } from './source';

/** Where it is written down, to be looked up. */
export function SourceLink({ source }: { source: string }) {
  const { t } = useTexts();
  const person = usePeople();
  const found = sourceOf(source);
  switch (found.kind) {
    case 'call':
      return <PageLink href={`/contacts/${found.contact}`}>{t('suppressions.source.call')}</PageLink>;
    case 'import':
      return (
        <PageLink href={`/imports/${found.import}`}>
          {found.row === null ? t('suppressions.source.import') : t('suppressions.source.row', { row: found.row })}
        </PageLink>
      );
    case 'user': {
      const { self, name } = person(found.user);
      return self ? t('suppressions.source.self') : name ? t('suppressions.source.by', { name }) : t('suppressions.source.user');
    }
    case 'other':
      return found.text;
  }
}
