import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import type { CampaignState } from '../api/types';
import { useTexts } from '../i18n';

/** The compiler asks for a sign here when the API gets a state more. */
const SIGNS: Record<CampaignState, StatusIndicatorProps.Type> = {
  draft: 'stopped',
  scheduled: 'pending',
  running: 'in-progress',
  paused: 'warning',
  stopping: 'in-progress',
  completed: 'success',
  archived: 'stopped',
};

export function CampaignStateLabel({ state }: { state: CampaignState }) {
  const { t } = useTexts();
  return <StatusIndicator type={SIGNS[state]}>{t(`campaignState.${state}`)}</StatusIndicator>;
}
