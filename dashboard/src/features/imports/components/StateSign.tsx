import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { Import } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';

const SIGNS: Record<Import['state'], StatusIndicatorProps.Type> = {
  awaiting_upload: 'pending',
  reading: 'in-progress',
  completed: 'success',
  rejected: 'error',
  failed: 'error',
  undoing: 'in-progress',
  undone: 'stopped',
};

/** Where an import stands, in a word; what was left over of a completed one is a warning. */
export function StateSign({ of: { state, counts, options, percent_read } }: { of: Import }) {
  const { t, format } = useTexts();
  if (state === 'reading' && percent_read !== null && percent_read !== undefined) {
    return <StatusIndicator type="in-progress">{t('imports.state.reading.percent', { percent: format.percent(percent_read) })}</StatusIndicator>;
  }
  if (state === 'completed' && options.dry_run) {
    return <StatusIndicator type="info">{t('imports.state.tried')}</StatusIndicator>;
  }
  if (state === 'completed' && counts.invalid > 0) {
    return <StatusIndicator type="warning">{t('imports.state.completed.rejects')}</StatusIndicator>;
  }
  return <StatusIndicator type={SIGNS[state]}>{t(`imports.state.${state}`)}</StatusIndicator>;
}
