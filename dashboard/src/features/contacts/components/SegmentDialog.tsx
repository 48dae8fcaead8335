import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import type { NewSegment, Segment } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useSegmentChanges } from '../many';

interface Props {
  /** What is to be saved, or the segment that is to get another name. */
  of: { filter: NewSegment['filter'] } | { segment: Segment };
  onDone: (segment: Segment) => void;
  onCancel: () => void;
}

/** A name for a search. */
export function SegmentDialog({ of, onDone, onCancel }: Props) {
  const { t } = useTexts();
  const { done } = useNotices();
  const { create, rename } = useSegmentChanges();
  const [name, setName] = useState('segment' in of ? of.segment.name : '');
  const [asked, setAsked] = useState(false);
  const finish = (segment: Segment) => {
    done(t('contacts.segment.saved', { name: segment.name }));
    onDone(segment);
  };
  const submit = () => {
    setAsked(true);
    if (name.trim() === '') {
      return;
    }
    if ('segment' in of) {
      rename.mutate({ segment: of.segment, name: name.trim() }, { onSuccess: finish });
    } else {
      create.mutate({ name: name.trim(), filter: of.filter }, { onSuccess: finish });
    }
  };
  return (
    <Confirm
      title={t('segment' in of ? 'contacts.segment.rename' : 'contacts.segment.save')}
      verb={t('action.save')}
      busy={create.isPending || rename.isPending}
      error={create.error ?? rename.error}
      onConfirm={submit}
      onCancel={onCancel}
    >
      <Box variant="p">{t('contacts.segment.text')}</Box>
      <FormField label={t('contacts.segment.name')} errorText={asked && name.trim() === '' ? t('field.required') : undefined}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus ariaRequired />
      </FormField>
    </Confirm>
  );
}
