import Box from '@cloudscape-design/components/box';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { CredentialsForm } from '../features/sign-in/CredentialsForm';
import { renewed } from '../shared/auth/renewal';
import { useTexts } from '../shared/i18n';

/** Over the page, whatever is on it: the session has ended, and nothing that was typed is lost. */
export function Renew({ email, onSignOut }: { email: string; onSignOut: () => void }) {
  const { t } = useTexts();
  return (
    <Modal visible header={t('renew.title')} onDismiss={onSignOut} closeAriaLabel={t('session.signOut')}>
      <SpaceBetween size="m">
        <Box variant="p">{t('renew.text')}</Box>
        <CredentialsForm email={email} onDone={renewed} />
      </SpaceBetween>
    </Modal>
  );
}
