import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { REASONS, SCOPES } from '../api/suppressions';
import type { SuppressionReason, SuppressionScope } from '../api/types';
import { useTexts } from '../i18n';

/** Why an address is on the list, and for which channels. */
export interface Ground {
  reason: SuppressionReason;
  scope: SuppressionScope;
}

export const DO_NOT_CALL: Ground = { reason: 'do_not_call', scope: 'all' };

export function GroundFields({ value, onChange }: { value: Ground; onChange: (value: Ground) => void }) {
  const { t } = useTexts();
  return (
    <SpaceBetween size="m">
      <FormField label={t('suppressions.reason')}>
        <Select
          selectedOption={{ value: value.reason, label: t(`suppressionReason.${value.reason}`) }}
          options={REASONS.map((reason) => ({ value: reason, label: t(`suppressionReason.${reason}`) }))}
          onChange={({ detail }) => onChange({ ...value, reason: detail.selectedOption.value as SuppressionReason })}
        />
      </FormField>
      <FormField label={t('suppressions.scope')}>
        <RadioGroup
          value={value.scope}
          items={SCOPES.map((scope) => ({ value: scope, label: t(`suppressionScope.${scope}`) }))}
          onChange={({ detail }) => onChange({ ...value, scope: detail.value as SuppressionScope })}
        />
      </FormField>
    </SpaceBetween>
  );
}
