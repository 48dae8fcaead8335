import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useTexts } from '../i18n';

export function Forbidden() {
  const { t } = useTexts();
  return (
    <Alert type="warning" header={t('state.forbidden')}>
      {t('state.forbidden.hint')}
    </Alert>
  );
}

export function NotFound() {
  const { t } = useTexts();
  return (
    <Alert type="info" header={t('state.notFound')}>
      {t('state.notFound.hint')}
    </Alert>
  );
}

/** An empty list says why it is empty and what to do about it. */
export function Empty({ title, hint, action }: { title: string; hint?: string; action?: ReactNode }) {
  return (
    <Box textAlign="center" padding={{ vertical: 'l' }}>
      <SpaceBetween size="xs" alignItems="center">
        <Box variant="strong">{title}</Box>
        {hint && (
          <Box variant="p" color="text-body-secondary">
            {hint}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}
