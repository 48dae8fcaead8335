import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { newKey } from '../../shared/api/client';
import { asProblem } from '../../shared/api/problem';
import { countryOptions } from '../../shared/countries';
import { useTexts } from '../../shared/i18n';
import { useNotices } from '../../shared/ui/notices';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { useTitle } from '../../shared/ui/useTitle';
import { useCreateTenant, useFindTenant } from './api';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));
const ID = /^[a-z][a-z0-9_-]*$/;

/** For operators: organisations on this installation. */
export function TenantsPage() {
  const { t } = useTexts();
  useTitle(t('nav.tenants'));
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={t('tenants.hint')}>
          {t('nav.tenants')}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Create />
        <Find />
      </SpaceBetween>
    </ContentLayout>
  );
}

const EMPTY = { id: '', name: '', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, country: '' };

function Create() {
  const { t, format } = useTexts();
  const { done } = useNotices();
  const create = useCreateTenant();
  const [form, setForm] = useState(EMPTY);
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const change = (part: Partial<typeof EMPTY>) => {
    setForm({ ...form, ...part });
    // Another content is another request.
    setKey(newKey());
  };
  const problem = create.error ? asProblem(create.error) : null;
  const submit = async () => {
    setTried(true);
    if (!ID.test(form.id) || form.name.trim() === '') {
      return;
    }
    const made = await create.mutateAsync({
      tenant: { id: form.id, name: form.name.trim(), timezone: form.timezone, default_country: form.country || null },
      key,
    });
    done(t('tenants.created', { name: made.name }));
    setForm(EMPTY);
    setTried(false);
    setKey(newKey());
  };
  const none = { value: '', label: t('tenants.none') };
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
          <Button variant="primary" formAction="submit" loading={create.isPending}>
            {t('tenants.create')}
          </Button>
        }
      >
        <Container header={<Header variant="h2">{t('tenants.new')}</Header>}>
          <SpaceBetween size="l">
            <ProblemAlert error={create.error} shown={['id', 'name', 'timezone', 'default_country']} />
            <FormField
              label={t('tenants.id')}
              description={t('tenants.id.hint')}
              errorText={tried && !ID.test(form.id) ? t('tenants.id.wrong') : problem?.about('id')}
            >
              <Input value={form.id} spellcheck={false} autoComplete={false} onChange={({ detail }) => change({ id: detail.value })} />
            </FormField>
            <FormField label={t('tenants.name')} errorText={tried && form.name.trim() === '' ? t('field.required') : problem?.about('name')}>
              <Input value={form.name} onChange={({ detail }) => change({ name: detail.value })} />
            </FormField>
            <FormField label={t('tenants.timezone')} errorText={problem?.about('timezone')}>
              <Select
                selectedOption={{ value: form.timezone, label: form.timezone.replaceAll('_', ' ') }}
                options={ZONES}
                filteringType="auto"
                virtualScroll
                onChange={({ detail }) => change({ timezone: detail.selectedOption.value ?? form.timezone })}
              />
            </FormField>
            <FormField label={t('tenants.country')} errorText={problem?.about('default_country')}>
              <Select
                selectedOption={countries.find(({ value }) => value === form.country) ?? none}
                options={countries}
                filteringType="auto"
                virtualScroll
                onChange={({ detail }) => change({ country: detail.selectedOption.value ?? '' })}
              />
            </FormField>
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

function Find() {
  const { t, format } = useTexts();
  const find = useFindTenant();
  const [id, setId] = useState('');
  const search = () => void find.mutateAsync(id.trim()).catch(() => undefined);
  return (
    <Container header={<Header variant="h2">{t('tenants.find')}</Header>}>
      <SpaceBetween size="l">
        <FormField
          label={t('tenants.id')}
          description={t('tenants.find.hint')}
          secondaryControl={
            <Button disabled={id.trim() === ''} loading={find.isPending} onClick={search}>
              {t('tenants.find.go')}
            </Button>
          }
        >
          <Input
            value={id}
            type="search"
            onChange={({ detail }) => setId(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter' && id.trim() !== '') {
                search();
              }
            }}
          />
        </FormField>
        <ProblemAlert error={find.error} />
        {find.data && (
          <KeyValuePairs
            columns={4}
            items={[
              { label: t('tenants.name'), value: find.data.name },
              { label: t('tenants.timezone'), value: find.data.timezone },
              { label: t('tenants.country'), value: format.country(find.data.default_country) },
              { label: t('tenants.since'), value: format.dateTime(find.data.created_at) },
            ]}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
