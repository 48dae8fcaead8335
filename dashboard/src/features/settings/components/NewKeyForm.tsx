import Checkbox from '@cloudscape-design/components/checkbox';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import '../settings.css';
import { newKey } from '../../../shared/api/client';
import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useMakeKey } from '../api';

/** What a key may do: the API's own scopes. */
const RESOURCES = ['calls', 'campaigns', 'contacts', 'imports', 'suppressions'] as const;
const READ_ONLY: readonly string[] = ['calls'];

interface Props {
  /** With the secret: nobody sees it again. */
  onMade: (secret: string) => void;
  onClose: () => void;
}

export function NewKeyForm({ onMade, onClose }: Props) {
  const { t } = useTexts();
  const make = useMakeKey();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [until, setUntil] = useState('');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const problem = make.error ? asProblem(make.error) : null;
  const submit = async () => {
    setTried(true);
    if (name.trim() === '' || scopes.length === 0) {
      return;
    }
    const expires = until ? new Date(`${until}T23:59:59`).toISOString() : null;
    const { secret } = await make.mutateAsync({ body: { name: name.trim(), scopes: [...scopes], expires_at: expires }, key });
    if (secret) {
      onMade(secret);
    } else {
      // The answer with the secret was lost on the way: the key is there, and of no use to anybody.
      onClose();
    }
  };
  const turn = (scope: string, on: boolean) => {
    setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope));
    setKey(newKey());
  };
  const box = (resource: (typeof RESOURCES)[number], what: 'read' | 'write') => (
    <Checkbox
      checked={scopes.includes(`${resource}:${what}`)}
      onChange={({ detail }) => turn(`${resource}:${what}`, detail.checked)}
      ariaLabel={`${t(`keys.scope.${resource}`)}: ${t(`keys.${what}`)}`}
    >
      {t(`keys.${what}`)}
    </Checkbox>
  );
  return (
    <Confirm
      title={t('keys.new')}
      verb={t('keys.make')}
      busy={make.isPending}
      error={make.error}
      onConfirm={() => void submit().catch(() => undefined)}
      onCancel={onClose}
    >
      <SpaceBetween size="m">
        <FormField
          label={t('keys.name')}
          description={t('keys.name.hint')}
          errorText={tried && name.trim() === '' ? t('field.required') : problem?.about('name')}
        >
          <Input
            value={name}
            placeholder={t('keys.name.example')}
            onChange={({ detail }) => {
              setName(detail.value);
              setKey(newKey());
            }}
          />
        </FormField>
        <FormField
          label={t('keys.scopes')}
          description={t('keys.scopes.hint')}
          errorText={tried && scopes.length === 0 ? t('keys.scopes.none') : problem?.about('scopes')}
        >
          <SpaceBetween size="xs">
            {RESOURCES.map((resource) => (
              <div key={resource} className="scope" role="group" aria-label={t(`keys.scope.${resource}`)}>
                <span>{t(`keys.scope.${resource}`)}</span>
                {box(resource, 'read')}
                {!READ_ONLY.includes(resource) && box(resource, 'write')}
              </div>
            ))}
          </SpaceBetween>
        </FormField>
        <FormField label={<>{t('keys.until')} <i>– {t('field.optional')}</i></>} description={t('keys.until.hint')} errorText={problem?.about('expires_at')}>
          <DatePicker
            placeholder={t('field.date.format')}
            value={until}
            openCalendarAriaLabel={() => t('times.calendar')}
            isDateEnabled={(date) => date.getTime() > Date.now()}
            onChange={({ detail }) => {
              setUntil(detail.value);
              setKey(newKey());
            }}
          />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
