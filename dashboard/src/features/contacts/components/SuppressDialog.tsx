import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useState } from 'react';

import { useSuppress } from '../../../shared/api/suppressions';
import type { Contact } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { DO_NOT_CALL, GroundFields } from '../../../shared/suppression/Ground';
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
  const [ground, setGround] = useState(DO_NOT_CALL);
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
          { address, ...ground },
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
      <GroundFields value={ground} onChange={setGround} />
    </Confirm>
  );
}
