import StatusIndicator from '@cloudscape-design/components/status-indicator';

import type { NumberChecked } from '../api/types';
import { useTexts } from '../i18n';

/** What the importer makes of a number: its international form, or why it is none. */
export function NumberSign({ checked }: { checked: NumberChecked }) {
  const { maybe, format } = useTexts();
  if (checked.valid) {
    const country = checked.place ? ` · ${format.country(checked.place.country)}` : '';
    return (
      <StatusIndicator type="success">
        {checked.phone}
        {country}
      </StatusIndicator>
    );
  }
  return <StatusIndicator type="error">{maybe(`reject.${checked.code ?? ''}`, checked.reason ?? '')}</StatusIndicator>;
}
