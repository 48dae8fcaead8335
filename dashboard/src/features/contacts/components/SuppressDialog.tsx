import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';

import { REASONS, SCOPES, useSuppress } from '../../../shared/api/suppressions';
import type { Contact, SuppressionReason, SuppressionScope } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { nameOf } from '../name';

interface Props {
  contact: Contact;
  onDone: () => void;
  onCancel: () => void;
}

/** Puts a contact's number, or email address, on the list. */
export function SuppressDialog({ contact, onDone, onCancel }: Props) {
  const { t } = useTexts();
  const { done } = useNotices();
  const [address, setAddress] = useState(contact.phone);
  const [reason, setReason] = useState<SuppressionReason>('do_not_call');
  const [scope, setScope] = useState<SuppressionScope>('all');
  const suppress = useSuppress();
  return (
    <Confirm
      title={t('contacts.suppress.title', { name: nameOf(contact) })}
      verb={t('contacts.suppress')}
      busy={suppress.isPending}
      error={suppress.error}
      onCancel={onCancel}
      onConfirm={() =>
        suppress.mutate(
          { address, reason, scope },
          {
            onSuccess: () => {
              done(t('suppressions.added', { address }));
              onDone();
            },
          },
        )
      }
    >
      {contact.email && (
        <FormField label={t('suppressions.address')}>
          <RadioGroup
            value={address}
            items={[contact.phone, contact.email].map((value) => ({ value, label: value }))}
            onChange={({ detail }) => setAddress(detail.value)}
          />
        </FormField>
      )}
      <FormField label={t('suppressions.reason')}>
        <Select
          selectedOption={{ value: reason, label: t(`suppressionReason.${reason}`) }}
          options={REASONS.map((value) => ({ value, label: t(`suppressionReason.${value}`) }))}
          onChange={({ detail }) => setReason(detail.selectedOption.value as SuppressionReason)}
        />
      </FormField>
      <FormField label={t('suppressions.scope')}>
        <RadioGroup
          value={scope}
          items={SCOPES.map((value) => ({ value, label: t(`suppressionScope.${value}`) }))}
          onChange={({ detail }) => setScope(detail.value as SuppressionScope)}
        />
      </FormField>
    </Confirm>
  );
}
