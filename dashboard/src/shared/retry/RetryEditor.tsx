import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';

import './retry.css';
import { useTexts } from '../i18n';
import { UNITS, type Unit } from './duration';
import { RETRYABLE, ruleWords, USUAL, type Retryable, type RetryForm, type RuleForm } from './retry';

interface Props {
  retry: RetryForm;
  change: (retry: RetryForm) => void;
}

/** How often at most, whatever happens. */
export function AttemptsField({ retry, change, error }: Props & { error: string | undefined }) {
  const { t, n } = useTexts();
  return (
    <SpaceBetween size="s">
      <FormField label={t('retry.max.label')} description={t('retry.max.hint')} constraintText={t('range', { from: 1, to: 50 })} errorText={error}>
        <Input type="number" inputMode="numeric" value={retry.attemptsMax} onChange={({ detail }) => change({ ...retry, attemptsMax: detail.value })} />
      </FormField>
      <Alert type="info">{n('retry.max.words', Number(retry.attemptsMax) || 0)}</Alert>
    </SpaceBetween>
  );
}

/** What is tried again, and when: every rule said in plain words beneath it. */
export function RulesFields({ retry, change, fault }: Props & { fault: (outcome: Retryable) => string | undefined }) {
  const { t } = useTexts();
  const set = (outcome: Retryable, part: Partial<RuleForm>) =>
    change({ ...retry, rules: { ...retry.rules, [outcome]: { ...retry.rules[outcome], ...part } } });
  const rule = (outcome: Retryable) => (
    <Rule key={outcome} outcome={outcome} rule={retry.rules[outcome]} set={(part) => set(outcome, part)} fault={fault(outcome)} />
  );
  const others = RETRYABLE.filter((outcome) => !USUAL.includes(outcome));
  return (
    <SpaceBetween size="l">
      {USUAL.map(rule)}
      <ExpandableSection headerText={t('retry.more')} defaultExpanded={others.some((outcome) => retry.rules[outcome].on)}>
        <SpaceBetween size="l">{others.map(rule)}</SpaceBetween>
      </ExpandableSection>
      <Box color="text-body-secondary">{t('retry.final')}</Box>
    </SpaceBetween>
  );
}

interface RuleProps {
  outcome: Retryable;
  rule: RuleForm;
  set: (part: Partial<RuleForm>) => void;
  fault: string | undefined;
}

function Rule({ outcome, rule, set, fault }: RuleProps) {
  const texts = useTexts();
  const { t } = texts;
  const units = UNITS.map((value) => ({ value, label: t(`unit.${value}`) }));
  return (
    <div role="group" aria-label={t(`outcome.${outcome}`)}>
      <SpaceBetween size="xs">
        <Toggle checked={rule.on} onChange={({ detail }) => set({ on: detail.checked })} description={ruleWords(rule, texts)}>
          {t(`outcome.${outcome}`)}
        </Toggle>
        {rule.on && (
          <FormField errorText={fault} stretch>
            <div className="rule-fields">
              <div className="short">
                <FormField label={t('retry.times')}>
                  <Input type="number" inputMode="numeric" value={rule.times} onChange={({ detail }) => set({ times: detail.value })} />
                </FormField>
              </div>
              <div className="short">
                <FormField label={t('retry.after')}>
                  <Input type="number" inputMode="decimal" value={rule.amount} onChange={({ detail }) => set({ amount: detail.value })} />
                </FormField>
              </div>
              <div className="short">
                <FormField label={t('retry.unit')}>
                  <Select
                    selectedOption={units.find(({ value }) => value === rule.unit) ?? null}
                    options={units}
                    onChange={({ detail }) => set({ unit: (detail.selectedOption.value as Unit | undefined) ?? rule.unit })}
                  />
                </FormField>
              </div>
              <div className="short">
                <FormField label={t('retry.jitter')}>
                  <Input type="number" inputMode="numeric" value={rule.jitter} onChange={({ detail }) => set({ jitter: detail.value })} />
                </FormField>
              </div>
              <div className="tick">
                <Checkbox checked={rule.otherHour} onChange={({ detail }) => set({ otherHour: detail.checked })}>
                  {t('retry.otherHour')}
                </Checkbox>
              </div>
            </div>
          </FormField>
        )}
      </SpaceBetween>
    </div>
  );
}
