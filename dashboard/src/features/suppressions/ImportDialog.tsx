import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import FileInput from '@cloudscape-design/components/file-input';
import FormField from '@cloudscape-design/components/form-field';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { REASONS, SCOPES } from '../../shared/api/suppressions';
import type { SuppressionReason, SuppressionScope } from '../../shared/api/types';
import { countryOptions } from '../../shared/countries';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { entriesOf, suppressAll, type Outcome } from './list';

const OWN = '';

interface Props {
  onClose: () => void;
}

/** A list from elsewhere, pasted or from a file. */
export function ImportDialog({ onClose }: Props) {
  const { t, n, format } = useTexts();
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [reason, setReason] = useState<SuppressionReason>('do_not_call');
  const [scope, setScope] = useState<SuppressionScope>('all');
  const [country, setCountry] = useState(OWN);
  const [asked, setAsked] = useState(false);
  const [sent, setSent] = useState(0);
  const entries = useMemo(() => entriesOf(text), [text]);
  const send = useMutation({
    mutationFn: () => suppressAll(entries, { reason, scope, country: country || null }, setSent),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['suppressions'] });
      void client.invalidateQueries({ queryKey: ['contacts'] });
    },
  });
  if (send.data) {
    return <Result outcome={send.data} onClose={onClose} />;
  }
  const countries = [{ value: OWN, label: t('contacts.country.own'), description: '' }, ...countryOptions(format)];
  return (
    <Confirm
      title={t('suppressions.import')}
      verb={entries.length > 0 ? n('suppressions.import.go', entries.length) : t('action.add')}
      busy={send.isPending}
      error={send.error}
      onCancel={onClose}
      onConfirm={() => {
        setAsked(true);
        if (entries.length > 0) {
          send.mutate();
        }
      }}
    >
      <FormField
        label={t('suppressions.import.list')}
        description={t('suppressions.import.list.hint')}
        errorText={asked && entries.length === 0 ? t('field.required') : undefined}
        secondaryControl={
          <FileInput accept=".csv,.txt,text/plain,text/csv" value={[]} onChange={({ detail }) => void detail.value[0]?.text().then(setText)}>
            {t('imports.choose')}
          </FileInput>
        }
      >
        <Textarea value={text} rows={6} onChange={({ detail }) => setText(detail.value)} disableBrowserAutocorrect />
      </FormField>
      <FormField label={t('suppressions.reason')}>
        <Select
          selectedOption={{ value: reason, label: t(`suppressionReason.${reason}`) }}
          options={REASONS.map((value) => ({ value, label: t(`suppressionReason.${value}`) }))}
          onChange={({ detail }) => setReason(detail.selectedOption.value as SuppressionReason)}
        />
      </FormField>
      <FormField label={t('suppressions.scope')}>
        <Select
          selectedOption={{ value: scope, label: t(`suppressionScope.${scope}`) }}
          options={SCOPES.map((value) => ({ value, label: t(`suppressionScope.${value}`) }))}
          onChange={({ detail }) => setScope(detail.selectedOption.value as SuppressionScope)}
        />
      </FormField>
      <FormField label={t('contacts.country')} description={t('suppressions.import.country.hint')}>
        <Select
          selectedOption={countries.find(({ value }) => value === country) ?? null}
          options={countries}
          filteringType="auto"
          virtualScroll
          onChange={({ detail }) => setCountry(detail.selectedOption.value ?? OWN)}
        />
      </FormField>
      {send.isPending && <ProgressBar value={(sent / Math.max(entries.length, 1)) * 100} label={t('suppressions.import.sending')} />}
    </Confirm>
  );
}

function Result({ outcome, onClose }: { outcome: Outcome; onClose: () => void }) {
  const { t, n, format } = useTexts();
  const SHOWN = 100;
  return (
    <Confirm title={t('suppressions.import')} verb={t('action.close')} busy={false} error={null} onCancel={onClose} onConfirm={onClose}>
      <Alert type="success">{n('suppressions.import.done', outcome.suppressed)}</Alert>
      {outcome.refused.length > 0 && (
        <Alert type="warning" header={n('suppressions.import.refused', outcome.refused.length)}>
          <SpaceBetween size="xxs">
            {outcome.refused.slice(0, SHOWN).map((one) => (
              <div key={one.line}>
                <Box variant="strong">{t('suppressions.import.line', { line: format.number(one.line) })}</Box> {one.text}
                <Box variant="small" display="block">
                  <span lang="en">{one.message}</span>
                </Box>
              </div>
            ))}
          </SpaceBetween>
        </Alert>
      )}
    </Confirm>
  );
}
