import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { asProblem } from '../../../shared/api/problem';
import type { Versioned } from '../../../shared/api/client';
import type { ContactFile } from '../../../shared/api/types';
import { NONE } from '../../../shared/format';
import { useTexts } from '../../../shared/i18n';
import { Copyable } from '../../../shared/ui/Copyable';
import { PageLink } from '../../../shared/ui/links';
import { useNotices } from '../../../shared/ui/notices';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { contactQuery, useEditContact } from '../api';
import { patchOf, rebase, TEXTS, valuesOf, type Foreign, type Values } from '../form';
import { visible } from '../name';
import { ProfileFields } from './ProfileFields';

interface Props {
  contact: Versioned<ContactFile>;
  editable: boolean;
}

export function Profile({ contact, editable }: Props) {
  const { t } = useTexts();
  const [editing, setEditing] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            editable && !editing && (
              <Button onClick={() => setEditing(true)} ariaLabel={t('contacts.edit')}>
                {t('action.edit')}
              </Button>
            )
          }
        >
          {t('contacts.profile')}
        </Header>
      }
    >
      {editing ? <Editor contact={contact} onDone={() => setEditing(false)} /> : <Shown contact={contact.value} />}
    </Container>
  );
}

function Shown({ contact }: { contact: ContactFile }) {
  const { t, format } = useTexts();
  const copied = (text: string, what: string) => <Copyable text={text} label={t('contacts.copy', { what })} />;
  const place = [format.country(contact.place.country), contact.place.subdivision].filter(Boolean).join(', ');
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={2}
        minColumnWidth={190}
        items={[
          {
            label: t('contacts.field.phone'),
            value: (
              <>
                {copied(contact.phone, t('contacts.field.phone'))}
                <Box variant="small" color="text-body-secondary" display="block">
                  {place} · {t(`lineType.${contact.line_type}`)}
                  {contact.phone_given !== contact.phone && (
                    <>
                      <br />
                      {t('contacts.phone.given', { number: contact.phone_given })}
                    </>
                  )}
                </Box>
              </>
            ),
          },
          { label: t('contacts.field.email'), value: contact.email ? copied(contact.email, t('contacts.field.email')) : NONE },
          { label: t('contacts.field.company'), value: visible(contact.company) || NONE },
          { label: t('contacts.field.timezone'), value: contact.zones.join(', ') },
          { label: t('contacts.field.locale'), value: contact.locale || NONE },
          { label: t('contacts.field.external_id'), value: contact.external_id || NONE },
          {
            label: t('contacts.field.tags'),
            value:
              contact.tags.length === 0 ? (
                NONE
              ) : (
                <SpaceBetween direction="horizontal" size="xxs">
                  {contact.tags.map((tag) => (
                    <Badge key={tag}>{tag}</Badge>
                  ))}
                </SpaceBetween>
              ),
          },
          ...Object.entries(contact.custom).map(([label, value]) => ({ label, value: isAddress(value) ? <PageLink href={value} external>{value}</PageLink> : value || NONE })),
        ]}
      />
    </SpaceBetween>
  );
}

/** What a spreadsheet says may be anything: only what a browser opens safely becomes a link. */
const isAddress = (value: string): boolean => /^https?:\/\/\S+$/.test(value);

function Editor({ contact, onDone }: { contact: Versioned<ContactFile>; onDone: () => void }) {
  const { t } = useTexts();
  const { done } = useNotices();
  // The version that the edit is based on: what the page refreshes meanwhile must not slip in underneath.
  const [base, setBase] = useState({ values: valuesOf(contact.value), etag: contact.etag });
  const [values, setValues] = useState<Values>(base.values);
  const [foreign, setForeign] = useState<Foreign[]>([]);
  const edit = useEditContact(contact.value.id);
  const client = useQueryClient();
  useUnsaved(Object.keys(patchOf(base.values, values)).length > 0);
  const catchUp = async () => {
    const now = await client.fetchQuery({ ...contactQuery(contact.value.id), staleTime: 0 });
    const theirs = valuesOf(now.value);
    const carried = rebase(base.values, values, theirs);
    setBase({ values: theirs, etag: now.etag });
    setValues(carried.values);
    setForeign(carried.foreign);
    edit.reset();
  };
  const submit = () => {
    const patch = patchOf(base.values, values);
    if (Object.keys(patch).length === 0) {
      onDone();
      return;
    }
    edit.mutate(
      { patch, etag: base.etag },
      {
        onSuccess: () => {
          done(t('contacts.saved'));
          onDone();
        },
        onError: (error) => {
          if (asProblem(error).kind === 'changed') {
            void catchUp().catch(() => undefined);
          }
        },
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SpaceBetween size="m">
        {foreign.length > 0 && (
          <Alert type="warning" header={t('contacts.overtaken')}>
            {t('contacts.overtaken.text')}
            <ul>
              {foreign.map(({ field, theirs, clash }) => (
                <li key={field}>
                  {t(clash ? 'contacts.overtaken.clash' : 'contacts.overtaken.taken', {
                    field: t(`contacts.field.${field}`),
                    value: theirs || NONE,
                  })}
                </li>
              ))}
            </ul>
          </Alert>
        )}
        <ProfileFields values={values} onChange={setValues} error={edit.error} />
        <ProblemAlert error={edit.error} shown={['tags', 'custom', ...TEXTS]} />
        <SpaceBetween direction="horizontal" size="xs">
          <Button variant="primary" loading={edit.isPending}>
            {t('action.save')}
          </Button>
          <Button formAction="none" variant="link" onClick={onDone}>
            {t('action.cancel')}
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </form>
  );
}
