import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useState } from 'react';

import { useTexts } from '../i18n';
import { patience } from '../live';

interface Props {
  /** When the numbers were last read, milliseconds since 1970. */
  at: number;
  /** Whether the last attempt to refresh them failed. */
  failing: boolean;
  /** How old they may get before they count as stale, where they are asked for: told of changes, they stay true for longer. */
  staleAfterMs?: number;
}

/** Never a stale number without a sign: says how old what is shown is, and warns when it is not being refreshed. */
export function Freshness({ at, failing, staleAfterMs = 10_000 }: Props) {
  const { t, format } = useTexts();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (at === 0) {
    return null;
  }
  const stale = failing || now - at > patience(staleAfterMs);
  const time = format.time(at);
  return stale ? (
    <span role="status">
      <StatusIndicator type="warning">{t('fresh.stale', { time })}</StatusIndicator>
    </span>
  ) : (
    <Box variant="small" color="text-body-secondary">
      {t('fresh.live', { time })}
    </Box>
  );
}
