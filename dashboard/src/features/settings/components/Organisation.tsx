import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import type { Versioned } from '../../../shared/api/client';
import { asProblem } from '../../../shared/api/problem';
import { useMay } from '../../../shared/api/queries';
import type { Tenant } from '../../../shared/api/types';
import { countryOptions } from '../../../shared/countries';
import { useTexts } from '../../../shared/i18n';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useSaveSettings, useSettings } from '../api';
import { capFormOf, capOf, faultOf, type CapForm } from '../caps';
import { Caps } from './Caps';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));

export function Organisation() {
  const query = useSettings();
  return <Loaded query={query}>{(settings) => <Edit key={settings.etag} settings={settings} onReread={() => void query.refetch()} />}</Loaded>;
}

interface FormState {
  name: string;
  country: string | null;
  timezone: string;
  caps: CapForm[];
}

const formOf = ({ name, default_country, timezone, frequency_caps }: Tenant): FormState => ({
  name,
  country: default_country ?? null,
  timezone,
  caps: frequency_caps.map(capFormOf),
});

function Edit({ settings, onReread }: { settings: Versioned<Tenant>; onReread: () => void }) {
  const { t, format } = useTexts();
  const may = useMay();
  const { done } = useNotices();
  const save = useSaveSettings();
  const before = formOf(settings.value);
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const change = (part: Partial<FormState>) => setForm({ ...form, ...part });
  const editable = may('edit_settings');
  const dirty = JSON.stringify(form) !== JSON.stringify(before);
  const problem = save.error ? asProblem(save.error) : null;

  const submit = async () => {
    setTried(true);
    if (form.name.trim() === '' || form.caps.some((cap) => faultOf(cap) !== null)) {
      return;
    }
    await save.mutateAsync({
      etag: settings.etag,
      settings: {
        name: form.name.trim(),
        default_country: form.country,
        timezone: form.timezone,
        frequency_caps: form.caps.map(capOf),
      },
    });
    done(t('settings.saved'));
  };
  const none = { value: '', label: t('settings.country.none') };
  const countries = [none, ...countryOptions(format)];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit().catch(() => undefined);
      }}
    >
      <Form
        actions={
          editable && (
            <div className="buttons">
              <Button variant="link" formAction="none" disabled={!dirty} onClick={() => setForm(before)}>
                {t('settings.revert')}
              </Button>
              <Button variant="primary" formAction="submit" loading={save.isPending} disabled={!dirty}>
                {t('action.save')}
              </Button>
            </div>
          )
        }
      >
        <SpaceBetween size="l">
          {!editable && <Alert type="info">{t('settings.readOnly')}</Alert>}
          {problem?.kind === 'changed' ? (
            <Alert
              type="warning"
              header={t('problem.changed')}
              action={
                <Button formAction="none" onClick={onReread}>
                  {t('settings.reread')}
                </Button>
              }
            >
              {t('settings.changed')}
            </Alert>
          ) : (
            <ProblemAlert error={save.error} shown={['name', 'default_country', 'timezone']} />
          )}
          <Container header={<Header variant="h2">{t('settings.organisation')}</Header>}>
            <SpaceBetween size="l">
              <KeyValuePairs
                columns={2}
                items={[
                  { label: t('settings.id'), value: settings.value.id },
                  { label: t('settings.created'), value: format.dateTime(settings.value.created_at) },
                ]}
              />
              <ColumnLayout columns={2}>
                <FormField
                  label={t('settings.name')}
                  errorText={tried && form.name.trim() === '' ? t('field.required') : problem?.about('name')}
                >
                  <Input value={form.name} readOnly={!editable} onChange={({ detail }) => change({ name: detail.value })} />
                </FormField>
                <FormField label={t('settings.timezone')} description={t('settings.timezone.hint')} errorText={problem?.about('timezone')}>
                  <Select
                    selectedOption={{ value: form.timezone, label: form.timezone.replaceAll('_', ' ') }}
                    options={ZONES}
                    filteringType="auto"
                    virtualScroll
                    readOnly={!editable}
                    onChange={({ detail }) => change({ timezone: detail.selectedOption.value ?? form.timezone })}
                  />
                </FormField>
                <FormField label={t('settings.country')} description={t('settings.country.hint')} errorText={problem?.about('default_country')}>
                  <Select
                    selectedOption={countries.find(({ value }) => value === (form.country ?? '')) ?? none}
                    options={countries}
                    filteringType="auto"
                    virtualScroll
                    readOnly={!editable}
                    onChange={({ detail }) => change({ country: detail.selectedOption.value || null })}
                  />
                </FormField>
              </ColumnLayout>
            </SpaceBetween>
          </Container>
          <Caps caps={form.caps} onChange={(caps) => change({ caps })} editable={editable} tried={tried} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
