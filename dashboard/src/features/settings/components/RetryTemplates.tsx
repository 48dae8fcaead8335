import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { asProblem } from '../../../shared/api/problem';
import { useMay } from '../../../shared/api/queries';
import { useDeleteRetryTemplate, useRetryTemplates, useSaveRetryTemplate, type RetryTemplate } from '../../../shared/api/retryTemplates';
import { useTexts } from '../../../shared/i18n';
import { attemptsAreFine, faultOf, policyOf, policyWords, RETRYABLE, retryFormOf, type RetryForm } from '../../../shared/retry/retry';
import { AttemptsField, RulesFields } from '../../../shared/retry/RetryEditor';
import { Confirm } from '../../../shared/ui/Confirm';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { Empty } from '../../../shared/ui/states';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useUnsaved } from '../../../shared/ui/useUnsaved';

type Doing = { what: 'edit'; template: RetryTemplate | null } | { what: 'delete'; template: RetryTemplate };

/** Retry policies with names, to begin campaigns with. */
export function RetryTemplates() {
  const texts = useTexts();
  const { t, format } = texts;
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const query = useRetryTemplates();
  const remove = useDeleteRetryTemplate();
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => {
    setDoing(null);
    remove.reset();
  };
  const name = (template: RetryTemplate) =>
    may('edit_retry_template') ? (
      <Button variant="inline-link" ariaLabel={t('agents.edit.of', { name: template.name })} onClick={() => setDoing({ what: 'edit', template })}>
        {template.name}
      </Button>
    ) : (
      template.name
    );
  const says = ({ policy }: RetryTemplate) => (
    <ul className="plain-list">
      {policyWords(retryFormOf(policy), texts).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
  const columns: TableProps.ColumnDefinition<RetryTemplate>[] = [
    ...(narrow
      ? [
          {
            id: 'name',
            header: t('templates.name'),
            isRowHeader: true,
            cell: (template: RetryTemplate) => (
              <>
                {name(template)}
                {says(template)}
              </>
            ),
          },
        ]
      : [
          { id: 'name', header: t('templates.name'), isRowHeader: true, cell: name, minWidth: 160 },
          { id: 'says', header: t('templates.says'), cell: says, minWidth: 320 },
          { id: 'created', header: t('templates.created'), cell: ({ created_at }: RetryTemplate) => format.dateTime(created_at), minWidth: 150 },
        ]),
    ...(may('delete_retry_template')
      ? [
          {
            id: 'remove',
            header: t('agents.actions'),
            width: 110,
            cell: (template: RetryTemplate) => (
              <Button variant="inline-icon" iconName="remove" ariaLabel={t('templates.delete', { name: template.name })} onClick={() => setDoing({ what: 'delete', template })} />
            ),
          },
        ]
      : []),
  ];
  return (
    <Loaded query={query}>
      {(items) => (
        <>
          <Table
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            wrapLines
            header={
              <Header
                variant="h2"
                description={t('templates.hint')}
                actions={may('create_retry_template') && <Button onClick={() => setDoing({ what: 'edit', template: null })}>{t('templates.new')}</Button>}
              >
                {t('settings.tab.retries')}
              </Header>
            }
            empty={<Empty title={t('templates.none')} hint={t('templates.none.hint')} />}
            ariaLabels={{ tableLabel: t('settings.tab.retries') }}
          />
          {doing?.what === 'edit' && (
            <Edit
              template={doing.template}
              onDone={() => {
                done(t('templates.saved'));
                close();
              }}
              onClose={close}
            />
          )}
          {doing?.what === 'delete' && (
            <Confirm
              title={t('templates.delete', { name: doing.template.name })}
              verb={t('action.delete')}
              busy={remove.isPending}
              error={remove.error}
              onConfirm={() => remove.mutate(doing.template, { onSuccess: close })}
              onCancel={close}
            >
              <Box variant="p">{t('templates.delete.hint')}</Box>
            </Confirm>
          )}
        </>
      )}
    </Loaded>
  );
}

/** What a new one begins with. */
const FRESH: RetryForm = retryFormOf({ attempts_max: 3, rules: { no_answer: { times: 2, after: 'PT20H', jitter_percent: 10, other_hour: true } } });

function Edit({ template, onDone, onClose }: { template: RetryTemplate | null; onDone: () => void; onClose: () => void }) {
  const { t } = useTexts();
  const save = useSaveRetryTemplate();
  const [name, setName] = useState(template?.name ?? '');
  const [retry, setRetry] = useState(() => (template ? retryFormOf(template.policy) : FRESH));
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const [touched, setTouched] = useState(false);
  useUnsaved(touched);
  const problem = save.error ? asProblem(save.error) : null;
  const take = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setTouched(true);
    setKey(newKey());
  };
  const isFine = name.trim() !== '' && attemptsAreFine(retry.attemptsMax) && RETRYABLE.every((outcome) => !faultOf(retry.rules[outcome]));
  const submit = () => {
    setTried(true);
    if (isFine) {
      save.mutate({ template, body: { name: name.trim(), policy: policyOf(retry) }, key }, { onSuccess: onDone });
    }
  };
  return (
    <Confirm
      size="large"
      title={template ? t('agents.edit.of', { name: template.name }) : t('templates.new')}
      verb={t(template ? 'action.save' : 'action.create')}
      busy={save.isPending}
      error={save.error}
      onConfirm={submit}
      onCancel={onClose}
    >
      <FormField label={t('templates.name')} errorText={tried && name.trim() === '' ? t('field.required') : problem?.about('name')}>
        <Input value={name} placeholder={t('templates.name.example')} onChange={({ detail }) => take(setName)(detail.value)} />
      </FormField>
      <AttemptsField retry={retry} change={take(setRetry)} error={tried && !attemptsAreFine(retry.attemptsMax) ? t('fault.retry.attempts') : problem?.about('policy')} />
      <SpaceBetween size="xs">
        <Box variant="h3">{t('retry.rules')}</Box>
        <RulesFields
          retry={retry}
          change={take(setRetry)}
          fault={(outcome) => {
            const fault = tried ? faultOf(retry.rules[outcome]) : null;
            return fault ? t(`fault.retry.${fault}`) : undefined;
          }}
        />
      </SpaceBetween>
    </Confirm>
  );
}
