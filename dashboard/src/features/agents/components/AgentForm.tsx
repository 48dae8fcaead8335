import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';

import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { isNeverOpen, weekOf, windowOf } from '../../../shared/week/week';
import { newKey, useEditAgent, useMakeAgent, useUsers, type Agent, type AgentProfile, type Queue } from '../api';
import { skillMapOf, skillsOf } from '../queue';
import { isPhone, numberOf, phoneOf } from '../reach';
import { GroupsField } from './GroupsField';
import { HoursField } from './HoursField';
import { SkillsField } from './SkillsField';

/** Where somebody begins who is to have hours. */
const OFFICE = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]));

interface Props {
  /** Whom to change; somebody new without it. */
  agent: Agent | null;
  queues: readonly Queue[];
  /** Teams that there are. */
  known: readonly string[];
  onDone: () => void;
  onClose: () => void;
}

/** Whoever is to take calls: where they are reached, and what they serve. */
export function AgentForm({ agent, queues, known, onDone, onClose }: Props) {
  const { t } = useTexts();
  const users = useUsers(agent === null);
  const make = useMakeAgent();
  const edit = useEditAgent();
  const [user, setUser] = useState('');
  const [name, setName] = useState(agent?.profile.name ?? '');
  const [number, setNumber] = useState(agent ? numberOf(agent.profile) : '');
  const [served, setServed] = useState<readonly string[]>(agent?.profile.queues ?? []);
  const [groups, setGroups] = useState<string[]>(agent?.profile.groups ?? []);
  const [skills, setSkills] = useState(() => skillsOf(agent?.profile.skills));
  const [hours, setHours] = useState(() => ({
    hasHours: Boolean(agent?.profile.hours),
    week: weekOf(agent?.profile.hours ?? OFFICE),
    timezone: agent?.profile.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  }));
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const error = make.error ?? edit.error;
  const problem = error ? asProblem(error) : null;
  const take = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setKey(newKey());
  };
  const submit = () => {
    setTried(true);
    if (name.trim() === '' || !isPhone(number) || (agent === null && user === '') || (hours.hasHours && isNeverOpen(hours.week))) {
      return;
    }
    // What this form does not show stays as it is.
    const profile = {
      ...agent?.profile,
      name: name.trim(),
      reach: { by: 'phone', number: phoneOf(number) },
      queues: [...served],
      skills: skillMapOf(skills),
      groups,
      hours: hours.hasHours ? windowOf(hours.week) : null,
      timezone: hours.timezone,
    } as AgentProfile;
    if (agent) {
      edit.mutate({ agent, profile }, { onSuccess: onDone });
    } else {
      make.mutate({ user, profile, key }, { onSuccess: onDone });
    }
  };
  const needed = (isMissing: boolean) => (tried && isMissing ? t('field.required') : undefined);
  const people = (users.data ?? []).map(({ id, name: called, email }) => ({ value: id, label: called ?? email ?? id, description: called ? (email ?? undefined) : undefined }));
  const options = queues.map(({ id, plan }) => ({ value: id, label: plan.name }));
  return (
    <Confirm
      size="large"
      title={t(agent ? 'agents.edit' : 'agents.new')}
      verb={t(agent ? 'action.save' : 'agents.make')}
      busy={make.isPending || edit.isPending}
      error={error}
      onConfirm={submit}
      onCancel={onClose}
    >
      {agent === null && (
        <FormField label={t('agents.user')} description={t('agents.user.hint')} errorText={needed(user === '') ?? problem?.about('user')}>
          <Select
            selectedOption={people.find(({ value }) => value === user) ?? null}
            options={people}
            filteringType="auto"
            statusType={users.isPending ? 'loading' : users.isError ? 'error' : 'finished'}
            onChange={({ detail }) => {
              take(setUser)(detail.selectedOption.value ?? '');
              if (name === '') {
                setName(detail.selectedOption.label ?? '');
              }
            }}
          />
        </FormField>
      )}
      <FormField label={t('agents.name')} errorText={needed(name.trim() === '') ?? problem?.about('name')}>
        <Input value={name} onChange={({ detail }) => take(setName)(detail.value)} />
      </FormField>
      <FormField label={t('agents.phone')} description={t('agents.phone.hint')} errorText={tried && !isPhone(number) ? t('agents.phone.wrong') : problem?.about('reach')}>
        <Input inputMode="tel" value={number} placeholder="+49 30 23125123" onChange={({ detail }) => take(setNumber)(detail.value)} />
      </FormField>
      <FormField label={t('agents.queues')} errorText={problem?.about('queues')}>
        <Multiselect
          selectedOptions={options.filter(({ value }) => served.includes(value))}
          options={options}
          placeholder={t('agents.queues.choose')}
          empty={t('agents.queues.none')}
          onChange={({ detail }) => take(setServed)(detail.selectedOptions.flatMap(({ value }) => (value ? [value] : [])))}
        />
      </FormField>
      <GroupsField hint={t('groups.agent.hint')} groups={groups} known={known} error={problem?.about('groups')} onChange={take(setGroups)} />
      <ExpandableSection headerText={t('skills.title')} headerDescription={t('skills.hint')} defaultExpanded={skills.length > 0}>
        <FormField errorText={problem?.about('skills')} stretch>
          <SkillsField skills={skills} onChange={take(setSkills)} empty={t('skills.none')} />
        </FormField>
      </ExpandableSection>
      <ExpandableSection
        headerText={t('hours.title')}
        headerDescription={t('hours.title.hint')}
        {...(tried && hours.hasHours && isNeverOpen(hours.week) ? { expanded: true } : { defaultExpanded: hours.hasHours })}
      >
        <HoursField
          of="agent"
          on={hours.hasHours}
          week={hours.week}
          timezone={hours.timezone}
          error={tried && isNeverOpen(hours.week) ? t('queues.fault.hours') : problem?.about('hours')}
          onChange={(part) => take(setHours)({ ...hours, ...part })}
        />
      </ExpandableSection>
    </Confirm>
  );
}
