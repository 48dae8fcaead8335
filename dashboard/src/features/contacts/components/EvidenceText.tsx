import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';

/** Evidence as it was written down; a row of an import leads to it. */
export function EvidenceText({ text }: { text: string }) {
  const { t } = useTexts();
  const row = /^(imp_[0-9a-f]+) row (\d+): ?(.*)$/s.exec(text);
  return row?.[1] && row[2] ? (
    <>
      <PageLink href={`/imports/${row[1]}`} variant="secondary" fontSize="body-s">
        {t('contacts.evidence.row', { row: row[2] })}
      </PageLink>
      {row[3] && ` (${row[3]})`}
    </>
  ) : (
    text
  );
}
