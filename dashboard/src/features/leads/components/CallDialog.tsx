import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { useMay } from '../../../shared/api/queries';
import type { ContactFile } from '../../../shared/api/types';
import { CallNow } from '../../../shared/call/CallNow';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useNow } from '../../../shared/ui/useNow';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { useLead, useWriteDown } from '../api';
import type { Call } from '../leads';

interface Props {
  lead: Call;
  onClose: () => void;
}

/**
 * A call in the way of a campaign. The person is read afresh before: whoever has opted out since is not offered. What was
 * agreed is written down where the next one looks for it.
 */
export function CallDialog({ lead, onClose }: Props) {
  const { t } = useTexts();
  const query = useLead(lead.contact);
  return (
    <Modal
      visible
      header={t('callNow.title', { name: lead.name ?? lead.to })}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button onClick={onClose}>{t('action.close')}</Button>
        </Box>
      }
    >
      {/* What was known before is not enough here. */}
      {query.isFetchedAfterMount || query.error ? <Loaded query={query}>{(contact) => <Person contact={contact} campaign={lead.campaign} />}</Loaded> : t('state.loading')}
    </Modal>
  );
}

function Person({ contact, campaign }: { contact: ContactFile; campaign: string }) {
  const { t, format } = useTexts();
  const may = useMay();
  const now = useNow();
  const { done } = useNotices();
  const write = useWriteDown(contact.id);
  const [text, setText] = useState('');
  const [key, setKey] = useState(newKey);
  useUnsaved(text.trim() !== '');
  const zone = contact.zones[0];
  const notes = contact.notes.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1)).slice(0, 3);
  const clock = zone && new Intl.DateTimeFormat(format.locale, { timeStyle: 'short', timeZone: zone }).format(now);
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={2}
        minColumnWidth={150}
        items={[
          { label: t('contacts.field.company'), value: contact.company || '–' },
          { label: t('contacts.country'), value: format.country(contact.place.country) },
          { label: t('leads.clock'), value: clock ? t('leads.clock.in', { time: clock, zone }) : '–' },
          { label: t('leads.details'), value: <PageLink href={`/contacts/${contact.id}`}>{t('leads.file')}</PageLink> },
        ]}
      />
      <CallNow contact={contact} preferred={campaign} />
      {notes.length > 0 && (
        <div>
          <Box variant="awsui-key-label">{t('leads.notes')}</Box>
          <ul>
            {notes.map((note) => (
              <li key={note.id}>
                <Box variant="small">{format.dateTime(note.created_at)}</Box> {note.text}
              </li>
            ))}
          </ul>
        </div>
      )}
      {may('create_note') && (
        <SpaceBetween size="xs">
          <FormField label={t('leads.agreed')} stretch>
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
          <ProblemAlert error={write.error} />
          <Button
            disabled={text.trim() === ''}
            loading={write.isPending}
            onClick={() =>
              write.mutate(
                { text: text.trim(), key },
                {
                  onSuccess: () => {
                    setText('');
                    setKey(newKey());
                    done(t('leads.written'));
                  },
                },
              )
            }
          >
            {t('contacts.note.write')}
          </Button>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
