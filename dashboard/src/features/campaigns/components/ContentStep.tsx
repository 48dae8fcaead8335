import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';

import '../campaigns.css';
import { useTexts } from '../../../shared/i18n';
import { EMPTY_MENU, type MenuForm, type PlanForm } from '../form';
import { SAMPLE_IDS, sampleTexts, voiceName, VOICES, type SampleId } from '../samples';
import { fieldsOf, TEMPLATE_CHARS_MAX } from '../template';
import { ScriptPreview } from './ScriptPreview';
import { SpokenField } from './SpokenField';
import type { StepProps } from './step';
import { languageName } from './words';

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'].map((value) => ({ value, label: value }));

/** What the call is called, why people are called, and what they hear. */
export function ContentStep({ form, change, fault }: StepProps) {
  const texts = useTexts();
  const { t } = texts;
  const [values, setValues] = useState<Record<string, string>>({ first_name: 'Ada', last_name: 'Lovelace', name: 'Ada Lovelace' });
  // The text that was typed in last: the details that can be put into it are offered beneath it.
  const [active, setActive] = useState('script.greeting');
  const menu = (part: Partial<MenuForm>) => change({ menu: { ...form.menu, ...part } });

  const begin = (id: SampleId) => {
    const sample = sampleTexts(id, form.language);
    change({
      greeting: sample.greeting,
      goodbye: sample.goodbye ?? '',
      hasMenu: true,
      menu: {
        ...EMPTY_MENU,
        prompt: sample.menu.prompt,
        interestedReply: sample.menu.interested_reply,
        optedOutReply: sample.menu.opted_out_reply,
      },
      hasVoicemail: Boolean(sample.voicemail),
      voicemail: sample.voicemail ?? '',
    });
  };
  const spoken = (field: string, label: string, value: string, set: (value: string) => void, hint?: string, isOptional = false) => (
    <SpokenField
      label={label}
      hint={hint}
      value={value}
      isOptional={isOptional}
      error={fault(field)}
      isActive={active === field}
      onFocus={() => setActive(field)}
      onChange={set}
    />
  );
  const fields = fieldsOf(spokenTexts(form));
  const languages = Object.keys(VOICES).map((tag) => ({ value: tag, label: languageName(tag, texts), tags: [tag] }));
  const isKnown = languages.some(({ value }) => value === form.language);
  const voices = (VOICES[form.language] ?? []).map((value) => ({ value, label: voiceName(value), description: value }));
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t('content.about')}</Header>}>
        <SpaceBetween size="l">
          <FormField label={t('plan.name')} description={t('plan.name.hint')} errorText={fault('name')}>
            <Input value={form.name} onChange={({ detail }) => change({ name: detail.value })} ariaRequired />
          </FormField>
          <FormField label={t('plan.purpose')} description={t('plan.purpose.hint')} errorText={fault('purpose')} stretch>
            <Tiles
              value={form.purpose}
              onChange={({ detail }) => change({ purpose: detail.value as PlanForm['purpose'] })}
              items={(['informational', 'marketing'] as const).map((value) => ({
                value,
                label: t(`purpose.${value}`),
                description: t(`purpose.${value}.hint`),
              }))}
            />
          </FormField>
        </SpaceBetween>
      </Container>
      <div className="script-and-preview">
        <Container
          header={
            <Header
              variant="h2"
              description={t('script.hint', { max: TEMPLATE_CHARS_MAX })}
              actions={
                <ButtonDropdown
                  items={SAMPLE_IDS.map((id) => ({ id, text: t(`script.sample.${id}`) }))}
                  onItemClick={({ detail }) => begin(detail.id as SampleId)}
                >
                  {t('script.sample')}
                </ButtonDropdown>
              }
            >
              {t('script.title')}
            </Header>
          }
        >
          <SpaceBetween size="l">
            <ColumnLayout columns={2}>
              <FormField label={t('plan.language')} errorText={fault('script.language')}>
                <Select
                  selectedOption={isKnown ? (languages.find(({ value }) => value === form.language) ?? null) : { value: form.language, label: form.language }}
                  options={languages}
                  filteringType="auto"
                  onChange={({ detail }) => {
                    const language = detail.selectedOption.value ?? form.language;
                    change({ language, voice: VOICES[language]?.[0] ?? '' });
                  }}
                />
              </FormField>
              <FormField label={t('plan.voice')} errorText={fault('script.voice')}>
                <Autosuggest
                  value={form.voice}
                  options={voices}
                  placeholder={t('plan.voice.default')}
                  enteredTextLabel={(value) => t('plan.voice.own', { voice: value })}
                  empty={t('plan.voice.none')}
                  onChange={({ detail }) => change({ voice: detail.value })}
                />
              </FormField>
            </ColumnLayout>
            {(form.hasAgents || form.hasForward) && form.agents.when === 'answer' && <Alert type="info">{t('script.agentsFirst')}</Alert>}
            {spoken('script.greeting', t('script.greeting'), form.greeting, (greeting) => change({ greeting }), t('script.greeting.hint'))}
            <Toggle checked={form.hasMenu} onChange={({ detail }) => change({ hasMenu: detail.checked })} description={t('script.menu.hint')}>
              {t('script.menu')}
            </Toggle>
            {form.hasMenu && (
              <SpaceBetween size="l">
                {spoken('script.menu.prompt', t('script.prompt'), form.menu.prompt, (prompt) => menu({ prompt }), t('script.prompt.hint'))}
                <div className="key-and-reply">
                  <FormField label={t('script.key')} errorText={fault('script.menu.interest_key')}>
                    <Select
                      selectedOption={{ value: form.menu.interestKey, label: form.menu.interestKey }}
                      options={KEYS}
                      ariaLabel={t('script.interestKey')}
                      onChange={({ detail }) => menu({ interestKey: detail.selectedOption.value ?? '1' })}
                    />
                  </FormField>
                  {spoken('script.menu.interested_reply', t('script.interestedReply'), form.menu.interestedReply, (interestedReply) => menu({ interestedReply }))}
                </div>
                <div className="key-and-reply">
                  <FormField label={t('script.key')} errorText={fault('script.menu.opt_out_key')}>
                    <Select
                      selectedOption={{ value: form.menu.optOutKey, label: form.menu.optOutKey }}
                      options={KEYS}
                      ariaLabel={t('script.optOutKey')}
                      onChange={({ detail }) => menu({ optOutKey: detail.selectedOption.value ?? '9' })}
                    />
                  </FormField>
                  {spoken('script.menu.opted_out_reply', t('script.optedOutReply'), form.menu.optedOutReply, (optedOutReply) => menu({ optedOutReply }))}
                </div>
                <ColumnLayout columns={2}>
                  <FormField label={t('script.wait')} constraintText={t('range', { from: 1, to: 30 })} errorText={fault('script.menu.wait_seconds')}>
                    <Input type="number" value={form.menu.waitSeconds} onChange={({ detail }) => menu({ waitSeconds: detail.value })} />
                  </FormField>
                  <FormField label={t('script.repeats')} constraintText={t('range', { from: 0, to: 5 })} errorText={fault('script.menu.repeats')}>
                    <Input type="number" value={form.menu.repeats} onChange={({ detail }) => menu({ repeats: detail.value })} />
                  </FormField>
                </ColumnLayout>
              </SpaceBetween>
            )}
            {spoken('script.goodbye', t('script.goodbye'), form.goodbye, (goodbye) => change({ goodbye }), t('script.goodbye.hint'), true)}
            <Toggle
              checked={form.hasVoicemail && form.amd}
              disabled={!form.amd}
              onChange={({ detail }) => change({ hasVoicemail: detail.checked })}
              description={form.amd ? t('script.voicemail.hint') : t('script.voicemail.needsAmd')}
            >
              {t('script.voicemail.leave')}
            </Toggle>
            {form.hasVoicemail &&
              form.amd &&
              spoken('script.voicemail', t('script.voicemail'), form.voicemail, (voicemail) => change({ voicemail }))}
          </SpaceBetween>
        </Container>
        <div className="preview">
        <Container header={<Header variant="h2" description={t('preview.hint')}>{t('preview.title')}</Header>}>
          <SpaceBetween size="l">
            {fields.length > 0 && (
              <ColumnLayout columns={2} minColumnWidth={140}>
                {fields.map((name) => (
                  <FormField key={name} label={<Box variant="code">{name}</Box>}>
                    <Input
                      value={values[name] ?? ''}
                      placeholder={t('preview.without')}
                      ariaLabel={t('preview.value', { name })}
                      onChange={({ detail }) => setValues({ ...values, [name]: detail.value })}
                    />
                  </FormField>
                ))}
              </ColumnLayout>
            )}
            {fields.length > 0 && Object.values(values).some(Boolean) && (
              <Button variant="inline-link" onClick={() => setValues({})}>
                {t('preview.clear')}
              </Button>
            )}
            <ScriptPreview form={form} values={values} />
          </SpaceBetween>
        </Container>
        </div>
      </div>
    </SpaceBetween>
  );
}

const spokenTexts = ({ greeting, hasMenu, menu, goodbye, hasVoicemail, voicemail }: PlanForm): string[] => [
  greeting,
  ...(hasMenu ? [menu.prompt, menu.interestedReply, menu.optedOutReply] : []),
  goodbye,
  ...(hasVoicemail ? [voicemail] : []),
];
