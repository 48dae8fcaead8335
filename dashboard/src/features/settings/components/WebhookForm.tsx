import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { EVENTS, useWebhookChanges, type Webhook } from '../webhooks';

interface Props {
  /** What is to be changed; a new one without it. */
  hook: Webhook | null;
  /** With the secret of a new one, unless its answer was lost on the way. */
  onDone: (secret: string | null) => void;
  onClose: () => void;
}

export function WebhookForm({ hook, onDone, onClose }: Props) {
  const { t } = useTexts();
  const { create, edit } = useWebhookChanges();
  const [url, setUrl] = useState(hook?.url ?? '');
  const [description, setDescription] = useState(hook?.description ?? '');
  const [events, setEvents] = useState<readonly string[]>(hook?.events ?? []);
  const [enabled, setEnabled] = useState(hook === null || hook.state === 'enabled');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const error = create.error ?? edit.error;
  const problem = error ? asProblem(error) : null;
  /** Another content is another request. */
  const take = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setKey(newKey());
  };
  const needed = (isMissing: boolean) => (tried && isMissing ? t('field.required') : undefined);
  const submit = () => {
    setTried(true);
    if (url.trim() === '' || events.length === 0) {
      return;
    }
    const body = { url: url.trim(), events: [...events], description: description.trim(), enabled };
    if (hook) {
      edit.mutate({ hook, body }, { onSuccess: () => onDone(null) });
    } else {
      create.mutate({ body, key }, { onSuccess: ({ secret }) => onDone(secret ?? null) });
    }
  };
  return (
    <Confirm
      title={t(hook ? 'webhooks.edit.title' : 'webhooks.new')}
      verb={t(hook ? 'action.save' : 'webhooks.make')}
      busy={create.isPending || edit.isPending}
      error={error}
      onConfirm={submit}
      onCancel={onClose}
    >
      <FormField label={t('webhooks.url')} description={t('webhooks.url.hint')} errorText={needed(url.trim() === '') ?? problem?.about('url')}>
        <Input
          type="url"
          inputMode="url"
          value={url}
          autoComplete={false}
          spellcheck={false}
          placeholder="https://hooks.example.com/carillon"
          onChange={({ detail }) => take(setUrl)(detail.value)}
        />
      </FormField>
      <FormField
        label={
          <>
            {t('webhooks.description')} <i>– {t('field.optional')}</i>
          </>
        }
        errorText={problem?.about('description')}
      >
        <Input value={description} placeholder={t('webhooks.description.example')} onChange={({ detail }) => take(setDescription)(detail.value)} />
      </FormField>
      <FormField label={t('webhooks.events')} errorText={needed(events.length === 0) ?? problem?.about('events')}>
        <SpaceBetween size="xs">
          {EVENTS.map((event) => (
            <Checkbox
              key={event}
              checked={events.includes(event)}
              description={event}
              onChange={({ detail }) => take(setEvents)(detail.checked ? [...events, event] : events.filter((one) => one !== event))}
            >
              {t(`webhooks.event.${event}`)}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
      <Toggle checked={enabled} onChange={({ detail }) => take(setEnabled)(detail.checked)} description={t('webhooks.enabled.hint')}>
        {t('webhooks.enabled')}
      </Toggle>
    </Confirm>
  );
}
