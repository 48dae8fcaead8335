import Alert from '@cloudscape-design/components/alert';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { TUNING } from '../agents';
import { useCampaigns, useCheckNumber } from '../api';
import type { PlanForm } from '../form';
import type { StepProps } from './step';

/** From which numbers, how fast, and what happens when a machine answers. */
export function CallingStep({ form, change, fault }: StepProps) {
  const { t, n } = useTexts();
  const number = (field: string, key: 'callsPerSecond' | 'ringSeconds' | 'waveSeconds', label: string, hint: string, from: number, to: number) => (
    <FormField label={label} description={hint} constraintText={t('range', { from, to })} errorText={fault(field)}>
      <Input type="number" inputMode="numeric" value={form[key]} onChange={({ detail }) => change({ [key]: detail.value } as Partial<PlanForm>)} />
    </FormField>
  );
  return (
    <SpaceBetween size="l">
      <CallerIds form={form} change={change} fault={fault} />
      <Container header={<Header variant="h2">{t('calling.machines')}</Header>}>
        <SpaceBetween size="m">
          <Toggle checked={form.amd} onChange={({ detail }) => change({ amd: detail.checked })} description={t('plan.amd.hint')}>
            {t('plan.amd')}
          </Toggle>
          {form.amd && form.hasAgents && (
            <Toggle checked={form.amdAsync} onChange={({ detail }) => change({ amdAsync: detail.checked })} description={t('plan.amd.async.hint')}>
              {t('plan.amd.async')}
            </Toggle>
          )}
          {form.amd && (
            <ExpandableSection
              headerText={t('plan.amd.tuning')}
              headerDescription={t('plan.amd.tuning.hint')}
              defaultExpanded={TUNING.some(([key, name]) => form.tuning[key] !== '' || fault(`amd_tuning.${name}`) !== undefined)}
            >
              <ColumnLayout columns={2}>
                {TUNING.map(([key, name, from, to]) => (
                  <FormField key={key} label={t(`plan.amd.${key}`)} description={t(`plan.amd.${key}.hint`)} constraintText={t('range', { from, to })} errorText={fault(`amd_tuning.${name}`)}>
                    <Input
                      type="number"
                      inputMode="numeric"
                      value={form.tuning[key]}
                      placeholder={t('plan.amd.tuning.own')}
                      onChange={({ detail }) => change({ tuning: { ...form.tuning, [key]: detail.value } })}
                    />
                  </FormField>
                ))}
              </ColumnLayout>
            </ExpandableSection>
          )}
          {!form.amd && form.hasVoicemail && form.voicemail.trim() !== '' && <Alert type="warning">{t('plan.amd.voicemail')}</Alert>}
          <Toggle checked={form.record} onChange={({ detail }) => change({ record: detail.checked })} description={t('plan.record.hint')}>
            {t('plan.record')}
          </Toggle>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{t('calling.pace')}</Header>}>
        <SpaceBetween size="l">
          <ColumnLayout columns={2}>
            {number('pace.calls_per_second', 'callsPerSecond', t('plan.pace'), t('plan.pace.hint'), 1, 500)}
            {number('pace.ring_seconds', 'ringSeconds', t('plan.ring'), t('plan.ring.hint'), 15, 120)}
            <FormField
              label={<>{t('plan.dailyLimit')} <i>– {t('field.optional')}</i></>}
              description={t('plan.dailyLimit.hint')}
              errorText={fault('daily_limit')}
            >
              <Input
                type="number"
                inputMode="numeric"
                value={form.dailyLimit}
                placeholder={t('plan.dailyLimit.none')}
                onChange={({ detail }) => change({ dailyLimit: detail.value })}
              />
            </FormField>
          </ColumnLayout>
          <ExpandableSection headerText={t('calling.advanced')} defaultExpanded={fault('pace.wave_seconds') !== undefined}>
            {number('pace.wave_seconds', 'waveSeconds', t('plan.wave'), t('plan.wave.hint'), 1, 450)}
          </ExpandableSection>
          <Alert type="info">{n('plan.pace.estimate', Number(form.callsPerSecond) * 3600 || 0)}</Alert>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}

/** The numbers that are called from. Each is looked at before it is taken: what is written is the number in full. */
function CallerIds({ form, change, fault }: StepProps) {
  const { t, format } = useTexts();
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const check = useCheckNumber();
  const campaigns = useCampaigns();
  const used = [...new Set(campaigns.data?.pages.flatMap(({ items }) => items.flatMap(({ plan }) => plan.caller_ids)) ?? [])];

  const add = async (text: string) => {
    setWrong(null);
    const found = await check.mutateAsync(text).catch(() => null);
    if (!found) {
      return;
    }
    if (!found.valid || !found.phone) {
      return setWrong(found.reason ?? t('callerIds.wrong'));
    }
    if (!form.callerIds.includes(found.phone)) {
      change({ callerIds: [...form.callerIds, found.phone] });
    }
    setTyped('');
  };
  return (
    <Container header={<Header variant="h2" description={t('plan.callerIds.hint')}>{t('plan.callerIds')}</Header>}>
      <SpaceBetween size="s">
        <FormField
          label={t('callerIds.number')}
          description={t('callerIds.number.hint')}
          errorText={wrong ?? fault('caller_ids')}
          secondaryControl={
            <Button disabled={typed.trim() === ''} loading={check.isPending} onClick={() => void add(typed)}>
              {t('action.add')}
            </Button>
          }
        >
          <Autosuggest
            value={typed}
            options={used.filter((phone) => !form.callerIds.includes(phone)).map((value) => ({ value, description: t('callerIds.used') }))}
            placeholder="+44 20 7946 0123"
            enteredTextLabel={(value) => t('callerIds.take', { number: value })}
            onChange={({ detail }) => {
              setTyped(detail.value);
              setWrong(null);
            }}
            onSelect={({ detail }) => void add(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter' && typed.trim() !== '') {
                void add(typed);
              }
            }}
          />
        </FormField>
        <ProblemAlert error={check.error} />
        {form.callerIds.length > 0 && (
          <TokenGroup
            items={form.callerIds.map((phone) => ({ label: phone, dismissLabel: t('callerIds.remove', { number: phone }) }))}
            onDismiss={({ detail }) => change({ callerIds: form.callerIds.filter((_, index) => index !== detail.itemIndex) })}
          />
        )}
        {form.callerIds.length > 1 && <small>{t('callerIds.inTurn', { n: format.number(form.callerIds.length) })}</small>}
      </SpaceBetween>
    </Container>
  );
}
