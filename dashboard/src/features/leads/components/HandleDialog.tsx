import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { useMay, useMe } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { useHandle } from '../api';
import type { Lead } from '../leads';

interface Props {
  lead: Lead;
  onClose: () => void;
}

/** Says that a lead has been taken care of, and how, for whoever looks at the contact next. */
export function HandleDialog({ lead, onClose }: Props) {
  const { t, format } = useTexts();
  const may = useMay();
  const me = useMe().data;
  const { done } = useNotices();
  const handle = useHandle();
  const [text, setText] = useState('');
  const [key, setKey] = useState(newKey);
  useUnsaved(text.trim() !== '');
  const name = lead.name ?? lead.to;
  const submit = () =>
    handle.mutate(
      { lead, note: text.trim(), key },
      {
        onSuccess: (mark) => {
          const first = !mark || mark.by === me?.subject;
          done(first ? t('leads.handle.done', { name }) : t('leads.handle.before', { name, at: format.dateTime(mark.at) }));
          onClose();
        },
      },
    );
  return (
    <Confirm title={t('leads.handle.label', { name })} verb={t('leads.handle')} busy={handle.isPending} error={handle.error} onConfirm={submit} onCancel={onClose}>
      <Box variant="p">{t('leads.handle.hint')}</Box>
      {may('create_note') && (
        <FormField
          label={
            <>
              {t('leads.agreed')} <i>– {t('field.optional')}</i>
            </>
          }
          description={t('leads.handle.note')}
          stretch
        >
          <Textarea
            value={text}
            rows={3}
            nativeTextareaAttributes={{ maxLength: 4_000 }}
            onChange={({ detail }) => {
              setText(detail.value);
              setKey(newKey());
            }}
          />
        </FormField>
      )}
    </Confirm>
  );
}
