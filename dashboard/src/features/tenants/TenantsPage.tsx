import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { acting } from '../../shared/api/acting';
import { newKey } from '../../shared/api/client';
import { asProblem } from '../../shared/api/problem';
import { useMay, useMe } from '../../shared/api/queries';
import type { Tenant } from '../../shared/api/types';
import { countryOptions } from '../../shared/countries';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { useCreateTenant, useTenants } from './api';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));
const ID = /^[a-z][a-z0-9_-]*$/;

/** For operators: organisations on this installation. */
export function TenantsPage() {
  const { t, format } = useTexts();
  useTitle(t('nav.tenants'));
  const narrow = useNarrow();
  const may = useMay();
  const me = useMe().data;
  const { cursor, pagination } = useCursor('tenants');
  const query = useTenants(cursor);
  const [creating, setCreating] = useState(false);
  const enter = ({ id, name }: Tenant) =>
    me?.tenant === id ? (
      <Badge color="blue">{t('tenants.here')}</Badge>
    ) : (
      <Button
        variant="inline-link"
        ariaLabel={t('tenants.enter.of', { name })}
        onClick={() => {
          // Everything that was read belongs to the tenant before.
          acting.choose(id);
          location.assign('/');
        }}
      >
        {t('tenants.enter')}
      </Button>
    );
  const name = (one: Tenant) => (
    <>
      {one.name}
      <Box variant="code" display="block" fontSize="body-s">
        {one.id}
      </Box>
    </>
  );
  const columns: TableProps.ColumnDefinition<Tenant>[] = [
    { id: 'name', header: t('tenants.name'), isRowHeader: true, cell: name },
    ...(narrow
      ? []
      : [
          { id: 'timezone', header: t('tenants.timezone'), cell: (one: Tenant) => one.timezone },
          { id: 'country', header: t('tenants.country.short'), cell: (one: Tenant) => format.country(one.default_country) },
          { id: 'since', header: t('tenants.since'), cell: (one: Tenant) => format.dateTime(one.created_at) },
        ]),
    { id: 'enter', header: t('tenants.action'), cell: enter },
  ];
  const create = may('create_tenant') && (
    <Button variant="primary" onClick={() => setCreating(true)}>
      {t('tenants.new')}
    </Button>
  );
  return (
    <Loaded query={query}>
      {({ items, next_cursor }) => (
        <>
          <ListTable
            title={t('nav.tenants')}
            description={t('tenants.hint')}
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            actions={create}
            pagination={pagination(next_cursor)}
            empty={<Empty title={t('tenants.empty')} action={create} />}
          />
          {creating && <Create onClose={() => setCreating(false)} />}
        </>
      )}
    </Loaded>
  );
}

const EMPTY = { id: '', name: '', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, country: '' };

function Create({ onClose }: { onClose: () => void }) {
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
    onClose();
  };
  const none = { value: '', label: t('tenants.none') };
  const countries = [none, ...countryOptions(format)];
  return (
    <Confirm
      title={t('tenants.new')}
      verb={t('tenants.create')}
      busy={create.isPending}
      error={create.error}
      onConfirm={() => void submit().catch(() => undefined)}
      onCancel={onClose}
    >
      <SpaceBetween size="l">
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
    </Confirm>
  );
}
