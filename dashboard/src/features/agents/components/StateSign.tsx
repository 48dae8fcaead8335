import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

import { useTexts } from '../../../shared/i18n';
import type { Presence } from '../api';

const SIGNS: Record<string, StatusIndicatorProps.Type> = {
  available: 'success',
  reserved: 'in-progress',
  ringing: 'in-progress',
  on_call: 'info',
  wrap_up: 'pending',
  break: 'stopped',
  offline: 'stopped',
};

/** Where an agent stands; whoever has never signed in is offline. */
export function StateSign({ presence }: { presence: Presence | null | undefined }) {
  const { t, maybe } = useTexts();
  const state = presence?.state ?? 'offline';
  const why = presence?.reason ? `: ${t(`breakReason.${presence.reason}`)}` : '';
  return (
    <StatusIndicator type={SIGNS[state] ?? 'info'}>
      {maybe(`agentState.${state}`, state)}
      {why}
    </StatusIndicator>
  );
}
