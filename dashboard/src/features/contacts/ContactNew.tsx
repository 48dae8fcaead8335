import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { newKey } from '../../shared/api/client';
import { useNumbers } from '../../shared/api/numbers';
import { asProblem } from '../../shared/api/problem';
import type { ConsentGiven } from '../../shared/api/types';
import { countryOptions } from '../../shared/countries';
import { useTexts } from '../../shared/i18n';
import { NumberSign } from '../../shared/ui/NumberSign';
import { PageLink } from '../../shared/ui/links';
import { useNotices } from '../../shared/ui/notices';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Trail } from '../../shared/ui/Trail';
import { useLater } from '../../shared/ui/useLater';
import { useUnsaved } from '../../shared/ui/useUnsaved';
import { useTitle } from '../../shared/ui/useTitle';
import { useCreateContact } from './api';
import { ConsentList } from './components/Consents';
import { ProfileFields } from './components/ProfileFields';
import { EMPTY, TEXTS, toNew } from './form';
import { nameOf } from './name';

const OWN = '';

/** A contact by hand. The number is looked at as it is typed: it is what the contact is known by. */
export function ContactNew() {
  const { t, format } = useTexts();
  useTitle(t('contacts.new'));
  const navigate = useNavigate();
  const { done } = useNotices();
  const [phone, setPhone] = useState('');
  const [country, setCountry] = useState(OWN);
  const [values, setValues] = useState(EMPTY);
  const [consents, setConsents] = useState<ConsentGiven[]>([]);
  const [asked, setAsked] = useState(false);
  const [key] = useState(newKey);
  const create = useCreateContact();
  useUnsaved(phone !== '' && !create.isSuccess);

  const given = phone.trim();
  const written = { number: useLater(given), country };
  const numbers = useNumbers(written.number === '' ? [] : [written]);
  const checked = written.number === given ? numbers.of(written) : undefined;
  const problem = asProblem(create.error);
  const twin = problem.kind === 'exists' ? /con_[0-9a-f]+/.exec(problem.detail)?.[0] : undefined;
  const countries = [{ value: OWN, label: t('contacts.country.own'), description: '' }, ...countryOptions(format)];

  const submit = () => {
    setAsked(true);
    if (given !== '' && checked?.valid !== false) {
      // Another content under the same key is refused: what was typed since makes it another request.
      create.mutate(
        { contact: toNew(given, country || null, values, consents), key: create.isError ? newKey() : key },
        {
          onSuccess: (contact) => {
            done(t('contacts.created', { name: nameOf(contact) }));
            void navigate(`/contacts/${contact.id}`);
          },
        },
      );
    }
  };
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.contacts'), href: '/contacts' },
            { text: t('contacts.new'), href: '/contacts/new' },
          ]}
        />
      }
      header={<Header variant="h1">{t('contacts.new')}</Header>}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => void navigate('/contacts')}>
                {t('action.cancel')}
              </Button>
              <Button variant="primary" loading={create.isPending}>
                {t('contacts.new.go')}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">{t('contacts.field.phone')}</Header>}>
              <SpaceBetween size="s">
                <ColumnLayout columns={2}>
                  <FormField
                    label={t('contacts.field.phone')}
                    description={t('contacts.phone.hint')}
                    errorText={asked && given === '' ? t('field.required') : problem.about('phone')}
                  >
                    <Input value={phone} onChange={({ detail }) => setPhone(detail.value)} inputMode="tel" autoComplete={false} autoFocus ariaRequired />
                  </FormField>
                  <FormField label={t('contacts.country')} description={t('contacts.country.hint')} errorText={problem.about('country')}>
                    <Select
                      selectedOption={countries.find(({ value }) => value === country) ?? null}
                      options={countries}
                      filteringType="auto"
                      virtualScroll
                      onChange={({ detail }) => setCountry(detail.selectedOption.value ?? OWN)}
                    />
                  </FormField>
                </ColumnLayout>
                <div aria-live="polite">{checked && <NumberSign checked={checked} />}</div>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">{t('contacts.profile')}</Header>}>
              <ProfileFields values={values} onChange={setValues} error={create.error} />
            </Container>
            <ConsentList consents={consents} onChange={setConsents} />
            {twin ? (
              <Alert type="warning" header={t('contacts.twin')}>
                <PageLink href={`/contacts/${twin}`}>{t('contacts.twin.show')}</PageLink>
              </Alert>
            ) : (
              <ProblemAlert error={create.error} shown={['phone', 'country', 'tags', 'custom', ...TEXTS]} />
            )}
          </SpaceBetween>
        </Form>
      </form>
    </ContentLayout>
  );
}
