import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';

import { useTexts } from '../../shared/i18n';
import { ROLES, type GivenRole } from './api';

export function RoleChoice({ role, onChange }: { role: GivenRole; onChange: (role: GivenRole) => void }) {
  const { t } = useTexts();
  return (
    <FormField label={t('users.role')}>
      <RadioGroup
        value={role}
        items={ROLES.map((value) => ({ value, label: t(`role.${value}`), description: t(`users.role.${value}`) }))}
        onChange={({ detail }) => onChange(detail.value as GivenRole)}
      />
    </FormField>
  );
}
