import { useQuery } from '@tanstack/react-query';

import './list.css';
import { api, unwrap } from '../api/client';
import { asProblem } from '../api/problem';
import { useTexts } from '../i18n';
import { PageLink } from './links';
import { isRuleLine, reasonOf } from './reasons';

interface Props {
  sentences: readonly string[];
  /** Where the contact is, an IANA name: times are said as they are there. */
  zone?: string;
}

/** Reasons, a line each. Rules are left out: they have a table with their citations. */
export function Reasons({ sentences, zone }: Props) {
  const texts = useTexts();
  const reasons = sentences.filter((one) => !isRuleLine(one)).map((one) => reasonOf(one, texts, zone));
  if (reasons.length === 0) {
    return null;
  }
  return (
    <ul className="plain-list">
      {reasons.map(({ text, translated, importId }) => (
        <li key={text} lang={translated ? undefined : 'en'}>
          {importId ? <FromImport id={importId} text={text} /> : text}
        </li>
      ))}
    </ul>
  );
}

/** Who is enrolled by a program comes in a batch that has an id as an import has, and is none: there is no page to lead to. */
function FromImport({ id, text }: { id: string; text: string }) {
  const { t } = useTexts();
  const { data } = useQuery({
    queryKey: ['imports', 'exists', id],
    queryFn: () =>
      unwrap(api().GET('/v1/imports/{import}', { params: { path: { import: id } } })).then(
        () => true,
        (error: unknown) => {
          if (asProblem(error).kind === 'not-found') {
            return false;
          }
          throw error;
        },
      ),
    staleTime: Infinity,
  });
  return data === undefined ? text : data ? <PageLink href={`/imports/${id}`}>{text}</PageLink> : t('reason.byHand');
}
