import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import type { ContactFile, Suppression } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { RemoveSuppression } from '../../../shared/suppression/RemoveSuppression';

/** What keeps the contact from being contacted: above everything else on the page. */
export function Suppressions({ contact: { suppressions } }: { contact: ContactFile }) {
  const { t, format } = useTexts();
  const may = useMay();
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
      {leaving && <RemoveSuppression suppression={leaving} verb={t('contacts.unsuppress')} onClose={() => setLeaving(null)} />}
    </>
  );
}
