import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { newKey, useMakeQueue } from '../api';

const WRAP_UP_MAX = 1_800;

/** What else a queue has, as the API would have it by itself. */
const USUAL = { max_wait_seconds: 120, priority: 5, timezone: 'UTC' };

/** Something for calls to wait in. */
export function QueueForm({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const { t } = useTexts();
  const make = useMakeQueue();
  const [name, setName] = useState('');
  const [seconds, setSeconds] = useState('30');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const problem = make.error ? asProblem(make.error) : null;
  const isLength = /^\d+$/.test(seconds) && Number(seconds) <= WRAP_UP_MAX;
  const submit = () => {
    setTried(true);
    if (name.trim() !== '' && isLength) {
      make.mutate({ plan: { ...USUAL, name: name.trim(), wrap_up_seconds: Number(seconds) }, key }, { onSuccess: onDone });
    }
  };
  return (
    <Confirm title={t('queues.new')} verb={t('action.create')} busy={make.isPending} error={make.error} onConfirm={submit} onCancel={onClose}>
      <FormField label={t('agents.name')} errorText={tried && name.trim() === '' ? t('field.required') : problem?.about('name')}>
        <Input
          value={name}
          placeholder={t('queues.name.example')}
          onChange={({ detail }) => {
            setName(detail.value);
            setKey(newKey());
          }}
        />
      </FormField>
      <FormField
        label={t('queues.wrapUp')}
        description={t('queues.wrapUp.hint')}
        errorText={tried && !isLength ? t('queues.wrapUp.wrong', { max: WRAP_UP_MAX }) : problem?.about('wrap_up_seconds')}
      >
        <Input
          type="number"
          inputMode="numeric"
          value={seconds}
          onChange={({ detail }) => {
            setSeconds(detail.value);
            setKey(newKey());
          }}
        />
      </FormField>
    </Confirm>
  );
}
