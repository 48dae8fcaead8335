import { useTexts } from '../../../shared/i18n';
import { isKnown, type Field } from '../columns';

/** A field as people call it. */
export function useFieldLabel(): (field: Field) => string {
  const { t } = useTexts();
  return (field) => (isKnown(field) ? t(`imports.field.${field}`) : t('imports.field.custom', { name: field.replace(/^custom:/, '') }));
}
