import Box from '@cloudscape-design/components/box';

import { useUnsuppress } from '../api/suppressions';
import type { Suppression } from '../api/types';
import { useTexts } from '../i18n';
import { Confirm } from '../ui/Confirm';
import { useNotices } from '../ui/notices';

interface Props {
  suppression: Suppression;
  /** What the button that removes says, where the word is to fit its surroundings. */
  verb: string;
  onClose: () => void;
}

/** Takes an address off the list, once it has been said whose wish that overrules. */
export function RemoveSuppression({ suppression: { address, scope, reason }, verb, onClose }: Props) {
  const { t } = useTexts();
  const { done } = useNotices();
  const remove = useUnsuppress();
  const wish = reason === 'opted_out' || reason === 'complaint';
  return (
    <Confirm
      title={t('suppressions.remove.title')}
      verb={verb}
      busy={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(
          { address, scope },
          {
            onSuccess: () => {
              done(t('suppressions.removed', { address }));
              onClose();
            },
          },
        )
      }
    >
      <Box variant="p">{t(`suppressions.remove.text.${wish ? 'wish' : 'other'}`, { address, reason: t(`suppressionReason.${reason}`) })}</Box>
    </Confirm>
  );
}
