import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import { useUnsuppress } from '../../../shared/api/suppressions';
import type { ContactFile, Suppression } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';

/** What keeps the contact from being contacted: above everything else on the page. */
export function Suppressions({ contact: { suppressions } }: { contact: ContactFile }) {
  const { t, format } = useTexts();
  const may = useMay();
  const { done } = useNotices();
  const remove = useUnsuppress();
  const [leaving, setLeaving] = useState<Suppression | null>(null);
  if (suppressions.length === 0) {
    return null;
  }
  return (
    <>
      <Alert type="warning" header={t('contacts.suppressed')}>
        <SpaceBetween size="xs">
          {suppressions.map((one) => (
            <SpaceBetween key={`${one.address} ${one.scope}`} size="xs">
              <div>
                <Box variant="strong">{one.address}</Box>
                <Box variant="small" display="block">
                  {[
                    t(`suppressionReason.${one.reason}`),
                    t(`suppressionScope.${one.scope}`),
                    t('contacts.suppressed.since', { at: format.dateTime(one.added_at) }),
                  ].join(' · ')}
                </Box>
              </div>
              {may('unsuppress') && (
                <Button ariaLabel={t('suppressions.remove.label', { address: one.address })} onClick={() => setLeaving(one)}>
                  {t('contacts.unsuppress')}
                </Button>
              )}
            </SpaceBetween>
          ))}
        </SpaceBetween>
      </Alert>
      {leaving && (
        <Confirm
          title={t('suppressions.remove.title')}
          verb={t('contacts.unsuppress')}
          busy={remove.isPending}
          error={remove.error}
          onCancel={() => {
            remove.reset();
            setLeaving(null);
          }}
          onConfirm={() =>
            remove.mutate(leaving, {
              onSuccess: () => {
                setLeaving(null);
                done(t('suppressions.removed', { address: leaving.address }));
              },
            })
          }
        >
          <Box variant="p">
            {t(`suppressions.remove.text.${leaving.reason === 'opted_out' || leaving.reason === 'complaint' ? 'wish' : 'other'}`, {
              address: leaving.address,
              reason: t(`suppressionReason.${leaving.reason}`),
            })}
          </Box>
        </Confirm>
      )}
    </>
  );
}
