import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { newKey } from '../../shared/api/client';
import { asProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { useInvite, type GivenRole } from './api';
import { RoleChoice } from './RoleChoice';

interface Props {
  onDone: (email: string) => void;
  onCancel: () => void;
}

/** Somebody new: a mail brings them a password that works once. */
export function Invite({ onDone, onCancel }: Props) {
  const { t } = useTexts();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<GivenRole>('agent');
  const [asked, setAsked] = useState(false);
  const [key] = useState(newKey);
  const invite = useInvite();
  const problem = asProblem(invite.error);
  const isAddress = /^\S+@\S+\.\S+$/.test(email.trim());
  const submit = () => {
    setAsked(true);
    if (isAddress) {
      // Another content is another request, and may not go by the key of the one that was refused.
      invite.mutate(
        { invitation: { email: email.trim(), name: name.trim() || null, role }, key: invite.isError ? newKey() : key },
        { onSuccess: () => onDone(email.trim()) },
      );
    }
  };
  const refused = problem.kind === 'exists' ? t('users.exists') : problem.about('email');
  return (
    <Confirm title={t('users.invite')} verb={t('users.invite.go')} busy={invite.isPending} error={refused ? null : invite.error} onConfirm={submit} onCancel={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SpaceBetween size="m">
          <Box variant="p">{t('users.invite.text')}</Box>
          <FormField label={t('users.email')} errorText={asked && !isAddress ? t('users.email.wrong') : refused}>
            <Input type="email" value={email} onChange={({ detail }) => setEmail(detail.value)} autoFocus ariaRequired autoComplete={false} />
          </FormField>
          <FormField
            label={
              <>
                {t('users.name')} <i>– {t('field.optional')}</i>
              </>
            }
            errorText={problem.about('name')}
          >
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
          </FormField>
          <RoleChoice role={role} onChange={setRole} />
        </SpaceBetween>
        {/* Enter sends it: the visible button is the dialog's. */}
        <input type="submit" hidden />
      </form>
    </Confirm>
  );
}
