import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';

import '../campaigns.css';
import { useTexts } from '../../../shared/i18n';
import { MERGE_FIELDS } from '../template';

interface Props {
  label: string;
  hint?: string;
  placeholder?: string;
  value: string;
  isOptional?: boolean;
  error: string | undefined;
  /** Whether it was typed in last: the details that can be put into it are offered beneath it. */
  isActive: boolean;
  onFocus: () => void;
  onChange: (value: string) => void;
}

/** Something that is said on the telephone, with details of the person that it is said to. */
export function SpokenField({ label, hint, placeholder, value, isOptional = false, error, isActive, onFocus, onChange }: Props) {
  const { t } = useTexts();
  return (
    <FormField
      label={isOptional ? <>{label} <i>– {t('field.optional')}</i></> : label}
      description={hint}
      errorText={error}
      constraintText={isActive && <Insert into={label} onInsert={(detail) => onChange(inserted(value, detail))} />}
      stretch
    >
      <Textarea value={value} rows={3} spellcheck placeholder={placeholder} onFocus={onFocus} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

/** With a space before it, unless there is one. */
const inserted = (value: string, detail: string): string => `${value}${value === '' || /\s$/.test(value) ? '' : ' '}${detail}`;

function Insert({ into, onInsert }: { into: string; onInsert: (detail: string) => void }) {
  const { t } = useTexts();
  const details = [
    ...MERGE_FIELDS.map((name) => ({ detail: `{{${name}}}`, label: t(`script.field.${name}`) })),
    { detail: '{{custom.city}}', label: t('script.field.custom') },
  ];
  return (
    <span className="insert">
      {t('script.insert')}
      {details.map(({ detail, label }) => (
        <Button key={detail} variant="inline-link" ariaLabel={t('script.insert.into', { detail: label, text: into })} onClick={() => onInsert(detail)}>
          {label}
        </Button>
      ))}
    </span>
  );
}
