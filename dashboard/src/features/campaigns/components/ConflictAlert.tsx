import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { CampaignPlan } from '../../../shared/api/types';
import { useTexts, type Texts } from '../../../shared/i18n';
import type { Conflict } from '../useEditor';

/** The plan's parts by name: a part that the API gets more asks for one here. */
const names = (keys: readonly (keyof CampaignPlan)[], { t, format }: Texts): string =>
  new Intl.ListFormat(format.locale).format(keys.map((key) => t(`part.${key}`)));

/** Somebody else has saved first. Nothing that was typed is lost, whatever is chosen here. */
export function ConflictAlert({ conflict, onResolve }: { conflict: Conflict; onResolve: (how: 'both' | 'theirs') => void }) {
  const texts = useTexts();
  const { t } = texts;
  const { taken, clashes } = conflict;
  return (
    <Alert
      type="warning"
      header={t('conflict.title')}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => onResolve('theirs')}>{t('conflict.theirs')}</Button>
          <Button variant="primary" onClick={() => onResolve('both')}>
            {t(clashes.length > 0 ? 'conflict.mine' : 'conflict.both')}
          </Button>
        </SpaceBetween>
      }
    >
      <Box variant="p">{t('conflict.text')}</Box>
      {taken.length > 0 && <Box variant="p">{t('conflict.taken', { parts: names(taken, texts) })}</Box>}
      {clashes.length > 0 && <Box variant="p">{t('conflict.clashes', { parts: names(clashes, texts) })}</Box>}
    </Alert>
  );
}
