import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import DateInput from '@cloudscape-design/components/date-input';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import type { ConsentGiven } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { EvidenceText } from './EvidenceText';

const KINDS: readonly ConsentGiven['kind'][] = ['calls', 'automated_calls', 'automated_calls_in_writing', 'texts', 'emails', 'recording'];

interface Props {
  consents: readonly ConsentGiven[];
  /** Absent where nothing may be changed. */
  onChange?: (consents: ConsentGiven[]) => void;
  busy?: boolean;
}

/** What somebody has agreed to, each with where that is written down: without evidence it is worth nothing. */
export function ConsentList({ consents, onChange, busy = false }: Props) {
  const { t, format } = useTexts();
  const [adding, setAdding] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            onChange && (
              <Button formAction="none" disabled={busy} onClick={() => setAdding(true)} ariaLabel={t('contacts.consent.add')}>
                {t('action.add')}
              </Button>
            )
          }
        >
          {t('contacts.consents')}
        </Header>
      }
    >
      {consents.length === 0 ? (
        <Box color="text-body-secondary">{t('contacts.consents.none')}</Box>
      ) : (
        <SpaceBetween size="s">
          {consents.map((consent, at) => (
            <div key={`${consent.kind} ${consent.at} ${consent.evidence}`} className="with-button">
              <div>
                <StatusIndicator type="success">{t(`consent.${consent.kind}`)}</StatusIndicator>
                <Box variant="small" color="text-body-secondary" display="block">
                  {format.dateTime(consent.at)} · <EvidenceText text={consent.evidence} />
                </Box>
              </div>
              {onChange && (
                <Button
                  formAction="none"
                  variant="icon"
                  iconName="remove"
                  disabled={busy}
                  ariaLabel={t('contacts.consent.remove', { kind: t(`consent.${consent.kind}`) })}
                  onClick={() => onChange(consents.filter((_, other) => other !== at))}
                />
              )}
            </div>
          ))}
        </SpaceBetween>
      )}
      {adding && onChange && (
        <AddConsent
          onCancel={() => setAdding(false)}
          onAdd={(consent) => {
            setAdding(false);
            onChange([...consents, consent]);
          }}
        />
      )}
    </Container>
  );
}

const today = (): string => {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
};

function AddConsent({ onAdd, onCancel }: { onAdd: (consent: ConsentGiven) => void; onCancel: () => void }) {
  const { t } = useTexts();
  const [kind, setKind] = useState<ConsentGiven['kind']>('calls');
  const [evidence, setEvidence] = useState('');
  const [date, setDate] = useState(today);
  const [asked, setAsked] = useState(false);
  const [opened] = useState(() => Date.now());
  const at = new Date(`${date}T00:00:00`);
  const isPast = !Number.isNaN(at.getTime()) && at.getTime() <= opened;
  const submit = () => {
    setAsked(true);
    if (evidence.trim() !== '' && isPast) {
      onAdd({ kind, evidence: evidence.trim(), at: at.toISOString() });
    }
  };
  return (
    <Confirm title={t('contacts.consent.add')} verb={t('action.add')} busy={false} error={null} onConfirm={submit} onCancel={onCancel}>
      <FormField label={t('contacts.consent.kind')}>
        <Select
          selectedOption={{ value: kind, label: t(`consent.${kind}`) }}
          options={KINDS.map((value) => ({ value, label: t(`consent.${value}`) }))}
          onChange={({ detail }) => setKind(detail.selectedOption.value as ConsentGiven['kind'])}
        />
      </FormField>
      <FormField
        label={t('contacts.consent.evidence')}
        description={t('contacts.consent.evidence.hint')}
        errorText={asked && evidence.trim() === '' ? t('field.required') : undefined}
      >
        <Input value={evidence} onChange={({ detail }) => setEvidence(detail.value)} ariaRequired />
      </FormField>
      <FormField label={t('contacts.consent.at')} errorText={asked && !isPast ? t('contacts.consent.at.past') : undefined}>
        <DateInput value={date} format="iso" onChange={({ detail }) => setDate(detail.value)} />
      </FormField>
    </Confirm>
  );
}
