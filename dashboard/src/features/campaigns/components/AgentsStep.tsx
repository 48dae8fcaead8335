import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import type { AgentsForm } from '../agents';
import { useQueues } from '../api';
import { agentTexts } from '../samples';
import { SpokenField } from './SpokenField';
import type { StepProps } from './step';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'].map((value) => ({ value, label: value }));

/** More than the two seconds that the law of many places allows, between a person's hello and somebody who speaks. */
const PATIENCE_BY_LAW = 2;

/** Who talks: the script alone, or agents, and then how the two come together. */
export function AgentsStep({ form, change, fault }: StepProps) {
  const { t } = useTexts();
  const queues = useQueues();
  const [active, setActive] = useState('agents.whisper');
  const { agents } = form;
  const isPutThrough = form.hasAgents || form.hasForward;
  const root = form.hasAgents ? 'agents' : 'forward';
  const set = (part: Partial<AgentsForm>) => change({ agents: { ...agents, ...part } });
  const texts = agentTexts(form.language);
  const spoken = (key: 'whisper' | 'opening' | 'sorry', isOptional = false) => (
    <SpokenField
      label={t(`agentsPlan.${key}`)}
      hint={t(`agentsPlan.${key}.hint`)}
      placeholder={texts[key]}
      value={agents[key]}
      isOptional={isOptional}
      error={fault(`${root}.${key}`)}
      isActive={active === `agents.${key}`}
      onFocus={() => setActive(`agents.${key}`)}
      onChange={(value) => set({ [key]: value })}
    />
  );
  const options = (queues.data ?? []).map(({ id, plan }) => ({ value: id, label: plan.name }));
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t('agentsPlan.who')}</Header>}>
        <SpaceBetween size="l">
          <Tiles
            ariaLabel={t('agentsPlan.who')}
            columns={3}
            value={form.hasAgents ? 'agents' : form.hasForward ? 'outside' : 'script'}
            onChange={({ detail }) => change({ hasAgents: detail.value === 'agents', hasForward: detail.value === 'outside' })}
            items={(['script', 'agents', 'outside'] as const).map((value) => ({ value, label: t(`agentsPlan.${value}`), description: t(`agentsPlan.${value}.hint`) }))}
          />
          {isPutThrough && (
            <ColumnLayout columns={2}>
              {form.hasForward ? (
                <FormField label={t('agentsPlan.number')} description={t('agentsPlan.number.hint')} errorText={fault('forward.number')}>
                  <Input inputMode="tel" value={agents.forwardNumber} placeholder="+49 30 23125123" onChange={({ detail }) => set({ forwardNumber: detail.value })} />
                </FormField>
              ) : (
              <FormField
                label={t('agentsPlan.queue')}
                description={t('agentsPlan.queue.hint')}
                errorText={fault('agents.queue')}
                constraintText={options.length === 0 && queues.isSuccess ? <PageLink href="/agents">{t('agentsPlan.queue.none')}</PageLink> : undefined}
              >
                <Select
                  selectedOption={options.find(({ value }) => value === agents.queue) ?? null}
                  options={options}
                  placeholder={t('agentsPlan.queue.choose')}
                  empty={t('queues.none')}
                  statusType={queues.isPending ? 'loading' : queues.isError ? 'error' : 'finished'}
                  onChange={({ detail }) => set({ queue: detail.selectedOption.value ?? '' })}
                />
              </FormField>
              )}
              <FormField label={t('agentsPlan.when')} description={t(`agentsPlan.when.${agents.when}.hint`)} errorText={fault(`${root}.when`)}>
                <Select
                  selectedOption={{ value: agents.when, label: t(`agentsPlan.when.${agents.when}`) }}
                  options={(['answer', 'interest'] as const).map((value) => ({ value, label: t(`agentsPlan.when.${value}`) }))}
                  onChange={({ detail }) => set({ when: detail.selectedOption.value as AgentsForm['when'] })}
                />
              </FormField>
            </ColumnLayout>
          )}
        </SpaceBetween>
      </Container>
      {isPutThrough && (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                description={t('agentsPlan.said.hint')}
                actions={
                  (form.hasAgents ? [agents.whisper, agents.sorry] : [agents.sorry]).every((text) => text.trim() === '') && (
                    <Button onClick={() => set({ whisper: texts.whisper, sorry: texts.sorry })}>{t('agentsPlan.fill')}</Button>
                  )
                }
              >
                {t('agentsPlan.said')}
              </Header>
            }
          >
            <SpaceBetween size="l">
              {form.hasAgents && spoken('whisper')}
              {agents.when === 'answer' && spoken('opening', true)}
              {spoken('sorry')}
              <FormField label={t('agentsPlan.refusalKey')} description={t('agentsPlan.refusalKey.hint')} errorText={fault(`${root}.refusal_key`)}>
                <Select
                  selectedOption={{ value: agents.refusalKey, label: agents.refusalKey }}
                  options={KEYS}
                  onChange={({ detail }) => set({ refusalKey: detail.selectedOption.value ?? '9' })}
                />
              </FormField>
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">{t('agentsPlan.meet')}</Header>}>
            <SpaceBetween size="l">
              <ColumnLayout columns={2}>
                {form.hasAgents && (
                  <FormField label={t('agentsPlan.transfer')} description={t(`agentsPlan.transfer.${agents.transfer}.hint`)}>
                    <Select
                      selectedOption={{ value: agents.transfer, label: t(`agentsPlan.transfer.${agents.transfer}`) }}
                      options={(['warm', 'blind'] as const).map((value) => ({ value, label: t(`agentsPlan.transfer.${value}`) }))}
                      onChange={({ detail }) => set({ transfer: detail.selectedOption.value as AgentsForm['transfer'] })}
                    />
                  </FormField>
                )}
                <FormField label={t('agentsPlan.offer')} description={t('agentsPlan.offer.hint')} constraintText={t('range', { from: 5, to: 60 })} errorText={fault(form.hasAgents ? 'agents.offer_seconds' : 'forward.ring_seconds')}>
                  <Input type="number" inputMode="numeric" value={agents.offerSeconds} onChange={({ detail }) => set({ offerSeconds: detail.value })} />
                </FormField>
              </ColumnLayout>
              {form.hasAgents && (
                <ExpandableSection headerText={t('calling.advanced')} defaultExpanded={fault('agents.patience_seconds') !== undefined || Number(agents.patienceSeconds) > PATIENCE_BY_LAW}>
                  <SpaceBetween size="l">
                    <ColumnLayout columns={2}>
                      <FormField label={t('agentsPlan.ring')} description={t(`agentsPlan.ring.${agents.ring}.hint`)}>
                        <Select
                          selectedOption={{ value: agents.ring, label: t(`agentsPlan.ring.${agents.ring}`) }}
                          options={(['while_ringing', 'on_answer'] as const).map((value) => ({ value, label: t(`agentsPlan.ring.${value}`) }))}
                          onChange={({ detail }) => set({ ring: detail.selectedOption.value as AgentsForm['ring'] })}
                        />
                      </FormField>
                      <FormField
                        label={t('agentsPlan.patience')}
                        description={t('agentsPlan.patience.hint')}
                        constraintText={t('range', { from: 0, to: 600 })}
                        errorText={fault('agents.patience_seconds')}
                      >
                        <Input type="number" inputMode="numeric" value={agents.patienceSeconds} onChange={({ detail }) => set({ patienceSeconds: detail.value })} />
                      </FormField>
                    </ColumnLayout>
                    {Number(agents.patienceSeconds) > PATIENCE_BY_LAW && <Alert type="warning">{t('agentsPlan.patience.law')}</Alert>}
                  </SpaceBetween>
                </ExpandableSection>
              )}
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}
