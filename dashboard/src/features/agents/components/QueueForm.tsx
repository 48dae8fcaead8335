import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState, type ReactNode } from 'react';

import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { newKey, useEditQueue, useMakeQueue, type Queue } from '../api';
import { newQueue, queueFaults, queueFormOf, queuePlanOf, type Disposition, type QueueForm as Form } from '../queue';
import { isPhone, phoneOf } from '../reach';
import { GroupsField } from './GroupsField';
import { HoursField } from './HoursField';
import { SkillsField } from './SkillsField';

const MEANINGS = ['done', 'interested', 'callback', 'wrong_number', 'do_not_call'] as const;

/** Something for calls to wait in: what it is called, and when and how it is served. */
export function QueueForm({ queue, known, onDone, onClose }: { queue: Queue | null; known: readonly string[]; onDone: () => void; onClose: () => void }) {
  const { t } = useTexts();
  const make = useMakeQueue();
  const edit = useEditQueue();
  const [form, setForm] = useState<Form>(() => queueFormOf(queue?.plan ?? newQueue(Intl.DateTimeFormat().resolvedOptions().timeZone)));
  const [number, setNumber] = useState('');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const [touched, setTouched] = useState(false);
  useUnsaved(touched);
  const error = make.error ?? edit.error;
  const problem = error ? asProblem(error) : null;
  const faults = queueFaults(form);
  const change = (part: Partial<Form>) => {
    setForm({ ...form, ...part });
    setKey(newKey());
    setTouched(true);
  };
  const fault = (field: string): string | undefined => {
    const mine = tried ? faults.find((one) => one.field === field) : undefined;
    return mine ? t(`queues.fault.${mine.fault}`, { ...mine.parameters }) : problem?.about(field);
  };
  const submit = () => {
    setTried(true);
    if (faults.length > 0) {
      return;
    }
    // What this form does not show stays as it is.
    const plan = { ...queue?.plan, ...queuePlanOf(form) };
    if (queue) {
      edit.mutate({ queue, plan }, { onSuccess: onDone });
    } else {
      make.mutate({ plan, key }, { onSuccess: onDone });
    }
  };
  const amount = (field: string, name: 'wrapUp' | 'maxWait' | 'priority' | 'percent' | 'within') => (
    <FormField label={t(`queues.${name}`)} description={t(`queues.${name}.hint`)} errorText={fault(field)}>
      <Input type="number" inputMode="numeric" value={form[name]} onChange={({ detail }) => change({ [name]: detail.value } as Partial<Form>)} />
    </FormField>
  );
  const part = (title: string, hint: string, fields: readonly string[], content: ReactNode) => (
    <ExpandableSection headerText={title} headerDescription={hint} defaultExpanded={false} {...(fields.some((field) => fault(field)) ? { expanded: true } : {})}>
      {content}
    </ExpandableSection>
  );
  const addNumber = () => {
    const phone = phoneOf(number);
    if (isPhone(number) && !form.numbers.includes(phone)) {
      change({ numbers: [...form.numbers, phone] });
      setNumber('');
    }
  };
  const meanings = MEANINGS.map((value) => ({ value, label: t(`disposition.${value}`) }));
  const disposition = (index: number, change_: Partial<Disposition>) =>
    change({ dispositions: form.dispositions.map((one, at) => (at === index ? { ...one, ...change_ } : one)) });
  return (
    <Confirm
      size="large"
      title={queue ? t('queues.edit', { name: queue.plan.name }) : t('queues.new')}
      verb={t(queue ? 'action.save' : 'action.create')}
      busy={make.isPending || edit.isPending}
      error={error}
      onConfirm={submit}
      onCancel={onClose}
    >
      <FormField label={t('agents.name')} errorText={fault('name')}>
        <Input value={form.name} placeholder={t('queues.name.example')} onChange={({ detail }) => change({ name: detail.value })} />
      </FormField>
      <ColumnLayout columns={2}>
        {amount('wrap_up_seconds', 'wrapUp')}
        {amount('priority', 'priority')}
      </ColumnLayout>
      {part(
        t('queues.skills'),
        t('queues.skills.hint'),
        ['skills', 'groups'],
        <SpaceBetween size="m">
          <SkillsField skills={form.skills} onChange={(skills) => change({ skills })} empty={t('queues.skills.none')} />
          <GroupsField hint={t('groups.queue.hint')} groups={form.groups} known={known} error={fault('groups')} onChange={(groups) => change({ groups })} />
        </SpaceBetween>,
      )}
      {part(
        t('queues.callsIn'),
        t('queues.callsIn.hint'),
        ['numbers', 'max_wait_seconds', 'service_level.percent', 'service_level.seconds', 'hours', 'recording_notice'],
        <SpaceBetween size="m">
          <FormField
            label={t('queues.numbers')}
            description={t('queues.numbers.hint')}
            constraintText={t('queues.numbers.enter')}
            errorText={number !== '' && !isPhone(number) && tried ? t('agents.phone.wrong') : fault('numbers')}
          >
            <Input
              inputMode="tel"
              value={number}
              placeholder="+49 30 23125123"
              onChange={({ detail }) => setNumber(detail.value)}
              onKeyDown={({ detail }) => detail.key === 'Enter' && addNumber()}
              onBlur={addNumber}
            />
          </FormField>
          {form.numbers.length > 0 && (
            <TokenGroup
              items={form.numbers.map((phone) => ({ label: phone, dismissLabel: t('callerIds.remove', { number: phone }) }))}
              onDismiss={({ detail }) => change({ numbers: form.numbers.filter((_, at) => at !== detail.itemIndex) })}
            />
          )}
          <ColumnLayout columns={3}>
            {amount('max_wait_seconds', 'maxWait')}
            {amount('service_level.percent', 'percent')}
            {amount('service_level.seconds', 'within')}
          </ColumnLayout>
          <HoursField of="queue" on={form.hasHours} week={form.week} timezone={form.timezone} error={fault('hours')} onChange={change} />
          <FormField label={t('queues.closed')} description={t('queues.closed.hint')} errorText={fault('closed_notice')} stretch>
            <Textarea value={form.closed} rows={2} onChange={({ detail }) => change({ closed: detail.value })} />
          </FormField>
          <FormField label={t('queues.notice')} description={t('queues.notice.hint')} errorText={fault('recording_notice')} stretch>
            <Textarea value={form.notice} rows={2} onChange={({ detail }) => change({ notice: detail.value })} />
          </FormField>
        </SpaceBetween>,
      )}
      {part(
        t('queues.hold'),
        t('queues.hold.hint'),
        ['hold.say', 'hold.play'],
        <SpaceBetween size="m">
          <FormField label={t('queues.say')} errorText={fault('hold.say')} stretch>
            <Textarea value={form.say} rows={2} onChange={({ detail }) => change({ say: detail.value })} />
          </FormField>
          <FormField label={t('queues.play')} description={t('queues.play.hint')} errorText={fault('hold.play')} stretch>
            <Input value={form.play} inputMode="url" placeholder="https://" onChange={({ detail }) => change({ play: detail.value })} />
          </FormField>
        </SpaceBetween>,
      )}
      {part(
        t('queues.dispositions'),
        t('queues.dispositions.hint'),
        ['dispositions'],
        <FormField errorText={fault('dispositions')} stretch>
          <AttributeEditor
            items={form.dispositions}
            empty={t('queues.dispositions.none')}
            addButtonText={t('queues.dispositions.add')}
            removeButtonText={t('action.remove')}
            onAddButtonClick={() => change({ dispositions: [...form.dispositions, { code: '', label: '', means: 'done' }] })}
            onRemoveButtonClick={({ detail }) => change({ dispositions: form.dispositions.filter((_, at) => at !== detail.itemIndex) })}
            definition={[
              {
                label: t('queues.dispositions.label'),
                control: ({ label }, index) => (
                  <Input value={label} ariaLabel={t('queues.dispositions.label')} onChange={({ detail }) => disposition(index, { label: detail.value })} />
                ),
              },
              {
                label: t('queues.dispositions.code'),
                control: ({ code }, index) => (
                  <Input value={code} ariaLabel={t('queues.dispositions.code')} onChange={({ detail }) => disposition(index, { code: detail.value })} />
                ),
              },
              {
                label: t('queues.dispositions.means'),
                control: ({ means }, index) => (
                  <Select
                    selectedOption={meanings.find(({ value }) => value === means) ?? null}
                    options={meanings}
                    ariaLabel={t('queues.dispositions.means')}
                    onChange={({ detail }) => disposition(index, { means: detail.selectedOption.value as Disposition['means'] })}
                  />
                ),
              },
            ]}
          />
        </FormField>,
      )}
    </Confirm>
  );
}
