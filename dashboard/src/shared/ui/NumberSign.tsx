import Box from '@cloudscape-design/components/box';
import Icon from '@cloudscape-design/components/icon';

import type { NumberChecked } from '../api/types';
import { useTexts } from '../i18n';

/** What the API makes of a number: its international form, or why it is none. Not a StatusIndicator: those break words. */
export function NumberSign({ checked }: { checked: NumberChecked }) {
  const { t, maybe, format } = useTexts();
  const { valid, phone, place, code, reason } = checked;
  return (
    <Box color={valid ? 'text-status-success' : 'text-status-error'}>
      <Icon name={valid ? 'status-positive' : 'status-negative'} ariaLabel={t(valid ? 'number.valid' : 'number.invalid')} />{' '}
      {valid ? [phone, place && format.country(place.country)].filter(Boolean).join(' · ') : maybe(`reject.${code ?? ''}`, reason ?? '')}
    </Box>
  );
}
