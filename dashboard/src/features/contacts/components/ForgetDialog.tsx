import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { Contact } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useForget } from '../api';
import { nameOf } from '../name';

interface Props {
  contact: Contact;
  onDone: () => void;
  onCancel: () => void;
}

/** Deletes for good what tells who somebody is. A word has to be typed: nothing brings it back. */
export function ForgetDialog({ contact, onDone, onCancel }: Props) {
  const { t, n } = useTexts();
  const { done } = useNotices();
  const client = useQueryClient();
  const forget = useForget(contact.id);
  const [suppress, setSuppress] = useState(true);
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState(false);
  const word = t('contacts.forget.word');
  const isSure = typed.trim().toLocaleUpperCase() === word;
  const submit = () => {
    setAsked(true);
    if (isSure) {
      forget.mutate(suppress, {
        onSuccess: ({ calls_open }) => {
          done(calls_open > 0 ? n('contacts.forget.open', calls_open) : t('contacts.forget.done'));
          onDone();
          // Nothing of the person stays in this page's memory either.
          client.removeQueries({ queryKey: ['contacts'] });
        },
      });
    }
  };
  return (
    <Confirm
      title={t('contacts.forget.title', { name: nameOf(contact) })}
      verb={t('contacts.forget')}
      busy={forget.isPending}
      error={forget.error}
      onConfirm={submit}
      onCancel={onCancel}
    >
      <Box variant="p">{t('contacts.forget.text')}</Box>
      <Checkbox
        checked={suppress}
        description={t('contacts.forget.suppress.hint')}
        onChange={({ detail }) => setSuppress(detail.checked)}
      >
        {t('contacts.forget.suppress')}
      </Checkbox>
      <FormField label={t('contacts.forget.sure', { word })} errorText={asked && !isSure ? t('field.required') : undefined}>
        <Input value={typed} autoComplete={false} spellcheck={false} onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
    </Confirm>
  );
}
