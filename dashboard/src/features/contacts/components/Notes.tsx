import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { usePeople } from '../../../shared/api/people';
import { useMay, useMe } from '../../../shared/api/queries';
import type { Note } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useNotes } from '../api';

const CHARS_MAX = 4_000;

/** Something to be written down, where it will stand. */
export function NewNote({ contact }: { contact: string }) {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const [key, setKey] = useState(newKey);
  const { write } = useNotes(contact);
  const change = (value: string) => {
    setText(value);
    if (write.isError) {
      // Another text is another request.
      setKey(newKey());
      write.reset();
    }
  };
  const submit = () =>
    write.mutate(
      { text: text.trim(), key },
      {
        onSuccess: () => {
          setText('');
          setKey(newKey());
        },
      },
    );
  return (
    <SpaceBetween size="xs">
      <FormField label={t('contacts.note')} stretch>
        <Textarea
          value={text}
          rows={2}
          placeholder={t('contacts.note.placeholder')}
          nativeTextareaAttributes={{ maxLength: CHARS_MAX }}
          onChange={({ detail }) => change(detail.value)}
        />
      </FormField>
      <ProblemAlert error={write.error} />
      <Button disabled={text.trim() === ''} loading={write.isPending} onClick={submit}>
        {t('contacts.note.write')}
      </Button>
    </SpaceBetween>
  );
}

/** A note in the timeline; whoever wrote it may change it, and so may those who look after agents. */
export function NoteText({ contact, note }: { contact: string; note: Note }) {
  const { t, format } = useTexts();
  const may = useMay();
  const me = useMe().data;
  const { change, remove } = useNotes(contact);
  const [editing, setEditing] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  const author = usePeople()(note.author);
  const said = [
    author.self ? t('contacts.note.own') : author.name && t('contacts.note.by', { name: author.name }),
    note.edited_at && t('contacts.note.edited', { at: format.dateTime(note.edited_at) }),
  ].filter(Boolean);
  const mine = me?.role !== 'agent' || note.author === me.subject;
  if (editing !== null) {
    return (
      <SpaceBetween size="xs">
        <Textarea
          value={editing}
          rows={3}
          ariaLabel={t('contacts.note')}
          nativeTextareaAttributes={{ maxLength: CHARS_MAX }}
          onChange={({ detail }) => setEditing(detail.value)}
        />
        <ProblemAlert error={change.error} />
        <SpaceBetween direction="horizontal" size="xs">
          <Button
            loading={change.isPending}
            disabled={editing.trim() === ''}
            onClick={() => change.mutate({ id: note.id, version: note.version, text: editing.trim() }, { onSuccess: () => setEditing(null) })}
          >
            {t('action.save')}
          </Button>
          <Button
            variant="link"
            onClick={() => {
              change.reset();
              setEditing(null);
            }}
          >
            {t('action.cancel')}
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    );
  }
  return (
    <>
      <div className="note">{note.text}</div>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        {said.length > 0 && (
          <Box variant="small" color="text-body-secondary">
            {said.join(' · ')}
          </Box>
        )}
        {mine && may('edit_note') && (
          <Button variant="inline-link" ariaLabel={t('contacts.note.edit')} onClick={() => setEditing(note.text)}>
            {t('action.edit')}
          </Button>
        )}
        {mine && may('delete_note') && (
          <Button variant="inline-link" ariaLabel={t('contacts.note.delete')} onClick={() => setAsking(true)}>
            {t('action.delete')}
          </Button>
        )}
      </SpaceBetween>
      {asking && (
        <Confirm
          title={t('contacts.note.delete.title')}
          verb={t('action.delete')}
          busy={remove.isPending}
          error={remove.error}
          onCancel={() => setAsking(false)}
          onConfirm={() => remove.mutate({ id: note.id, version: note.version }, { onSuccess: () => setAsking(false) })}
        >
          <div className="note">{note.text}</div>
        </Confirm>
      )}
    </>
  );
}
