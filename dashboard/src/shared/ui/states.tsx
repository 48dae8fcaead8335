import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useTexts } from '../i18n';
import { PageLink } from './links';

export function Forbidden() {
  const { t } = useTexts();
  return <Instead title={t('state.forbidden')} hint={t('state.forbidden.hint')} />;
}

export function NotFound() {
  const { t } = useTexts();
  return <Instead title={t('state.notFound')} hint={t('state.notFound.hint')} />;
}

/** Whose data is gone for good, at their own wish. */
export function Forgotten() {
  const { t } = useTexts();
  return <Instead title={t('state.forgotten')} hint={t('state.forgotten.hint')} />;
}

/** In a page's place: it has the page's heading, and a way on. */
function Instead({ title, hint }: { title: string; hint: string }) {
  const { t } = useTexts();
  return (
    <Box padding={{ top: 'l' }}>
      <SpaceBetween size="s">
        <Box variant="h1">{title}</Box>
        <Box variant="p" color="text-body-secondary">
          {hint}
        </Box>
        <PageLink href="/">{t('state.home')}</PageLink>
      </SpaceBetween>
    </Box>
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
