import './list.css';
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
          {importId ? <PageLink href={`/imports/${importId}`}>{text}</PageLink> : text}
        </li>
      ))}
    </ul>
  );
}
