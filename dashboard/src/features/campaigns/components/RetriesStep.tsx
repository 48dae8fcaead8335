import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { useMay } from '../../../shared/api/queries';
import { useRetryTemplates, useSaveRetryTemplate } from '../../../shared/api/retryTemplates';
import { useTexts } from '../../../shared/i18n';
import { attemptsAreFine, faultOf, policyOf, RETRYABLE, retryFormOf, type RetryForm } from '../../../shared/retry/retry';
import { AttemptsField, RulesFields } from '../../../shared/retry/RetryEditor';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import type { StepProps } from './step';

/** How often to try again, after what, and when. */
export function RetriesStep({ form: { retry }, change, fault }: StepProps) {
  const { t } = useTexts();
  const set = (next: RetryForm) => change({ retry: next });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" actions={<Templates retry={retry} onTake={set} />}>{t('retry.max')}</Header>}>
        <AttemptsField retry={retry} change={set} error={fault('retry.attempts_max') ?? fault('retry')} />
      </Container>
      <Container header={<Header variant="h2" description={t('retry.rules.hint')}>{t('retry.rules')}</Header>}>
        <RulesFields retry={retry} change={set} fault={(outcome) => fault(`retry.rules.${outcome}`)} />
      </Container>
    </SpaceBetween>
  );
}

/** A policy that was thought over before: what is taken is a copy. And this one, kept for the next campaign. */
function Templates({ retry, onTake }: { retry: RetryForm; onTake: (retry: RetryForm) => void }) {
  const { t } = useTexts();
  const may = useMay();
  const templates = useRetryTemplates(may('list_retry_templates')).data ?? [];
  const [keeping, setKeeping] = useState(false);
  const isFine = attemptsAreFine(retry.attemptsMax) && RETRYABLE.every((outcome) => !faultOf(retry.rules[outcome]));
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {templates.length > 0 && (
        <ButtonDropdown
          items={templates.map(({ id, name }) => ({ id, text: name }))}
          onItemClick={({ detail }) => {
            const taken = templates.find(({ id }) => id === detail.id);
            if (taken) {
              onTake(retryFormOf(taken.policy));
            }
          }}
        >
          {t('templates.take')}
        </ButtonDropdown>
      )}
      {may('create_retry_template') && (
        <Button disabled={!isFine} onClick={() => setKeeping(true)}>
          {t('templates.keep')}
        </Button>
      )}
      {keeping && <Keep retry={retry} onClose={() => setKeeping(false)} />}
    </SpaceBetween>
  );
}

function Keep({ retry, onClose }: { retry: RetryForm; onClose: () => void }) {
  const { t } = useTexts();
  const { done } = useNotices();
  const save = useSaveRetryTemplate();
  const [name, setName] = useState('');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const submit = () => {
    setTried(true);
    if (name.trim() !== '') {
      save.mutate(
        { template: null, body: { name: name.trim(), policy: policyOf(retry) }, key },
        {
          onSuccess: () => {
            done(t('templates.saved'));
            onClose();
          },
        },
      );
    }
  };
  return (
    <Confirm title={t('templates.keep')} verb={t('action.save')} busy={save.isPending} error={save.error} onConfirm={submit} onCancel={onClose}>
      <FormField label={t('templates.name')} errorText={tried && name.trim() === '' ? t('field.required') : undefined}>
        <Input
          value={name}
          placeholder={t('templates.name.example')}
          onChange={({ detail }) => {
            setName(detail.value);
            setKey(newKey());
          }}
        />
      </FormField>
    </Confirm>
  );
}
