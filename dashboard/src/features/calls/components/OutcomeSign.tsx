import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { Outcome } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import type { Tone } from '../../../shared/ui/BarList';
import { toneOf } from '../../../shared/ui/tones';

const SIGNS: Record<Tone, StatusIndicatorProps.Type> = { good: 'success', fair: 'info', quiet: 'stopped', bad: 'error' };

export function OutcomeSign({ outcome }: { outcome: Outcome | null | undefined }) {
  const { t } = useTexts();
  return outcome ? (
    <StatusIndicator type={SIGNS[toneOf(outcome)]}>{t(`outcome.${outcome}`)}</StatusIndicator>
  ) : (
    <StatusIndicator type="in-progress">{t('calls.inProgress')}</StatusIndicator>
  );
}
