import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import type { CustomField, TextField, Values } from '../form';
import '../contacts.css';
import { TagInput } from './TagInput';

interface Props {
  values: Values;
  onChange: (values: Values) => void;
  error: unknown;
}

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value }));
const LOCALES = ['de', 'en', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'tr'];

/** The fields of a contact that people type: the same for a new one and for an old one. */
export function ProfileFields({ values, onChange, error }: Props) {
  const { t, format } = useTexts();
  const problem = asProblem(error);
  const languages = new Intl.DisplayNames([format.locale], { type: 'language' });
  const set = (change: Partial<Values>) => onChange({ ...values, ...change });
  const text = (field: TextField, more: Partial<InputProps> = {}) => (
    <FormField label={t(`contacts.field.${field}`)} errorText={problem.about(field)}>
      <Input value={values[field]} onChange={({ detail }) => set({ [field]: detail.value })} {...more} />
    </FormField>
  );
  return (
    <SpaceBetween size="m">
      <ColumnLayout columns={2}>
        {text('first_name', { autoComplete: false })}
        {text('last_name', { autoComplete: false })}
        {text('company', { autoComplete: false })}
        {text('email', { type: 'email', inputMode: 'email', autoComplete: false })}
        <FormField label={t('contacts.field.timezone')} errorText={problem.about('timezone')}>
          <Autosuggest
            value={values.timezone}
            options={ZONES}
            enteredTextLabel={(value) => t('contacts.use', { value })}
            placeholder={t('contacts.timezone.byNumber')}
            virtualScroll
            expandToViewport
            onChange={({ detail }) => set({ timezone: detail.value })}
          />
        </FormField>
        <FormField label={t('contacts.field.locale')} errorText={problem.about('locale')}>
          <Autosuggest
            value={values.locale}
            options={LOCALES.map((value) => ({ value, description: languages.of(value) }))}
            enteredTextLabel={(value) => t('contacts.use', { value })}
            placeholder="de"
            expandToViewport
            onChange={({ detail }) => set({ locale: detail.value })}
          />
        </FormField>
        {text('external_id', { autoComplete: false })}
      </ColumnLayout>
      <FormField label={t('contacts.field.tags')} errorText={problem.about('tags')}>
        <TagInput tags={values.tags} onChange={(tags) => set({ tags })} />
      </FormField>
      <FormField label={t('contacts.field.custom')} errorText={problem.about('custom')} stretch>
        <AttributeEditor
          items={[...values.custom]}
          addButtonText={t('contacts.custom.add')}
          removeButtonText={t('action.remove')}
          removeButtonAriaLabel={({ name }) => t('contacts.custom.remove', { name })}
          onAddButtonClick={() => set({ custom: [...values.custom, { name: '', value: '' }] })}
          onRemoveButtonClick={({ detail }) => set({ custom: values.custom.filter((_, at) => at !== detail.itemIndex) })}
          empty={t('contacts.custom.none')}
          definition={(['name', 'value'] as const).map((part) => ({
            label: t(`contacts.custom.${part}`),
            control: (item: CustomField, index: number) => (
              <Input
                value={item[part]}
                ariaLabel={t(`contacts.custom.${part}`)}
                onChange={({ detail }) => set({ custom: values.custom.map((old, at) => (at === index ? { ...old, [part]: detail.value } : old)) })}
              />
            ),
          }))}
        />
      </FormField>
    </SpaceBetween>
  );
}
