import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';

import { useTexts } from '../../shared/i18n';
import { preferences } from '../../shared/preferences';
import { useTitle } from '../../shared/ui/useTitle';
import { CredentialsForm } from './CredentialsForm';

export function SignIn({ onDone }: { onDone: () => void }) {
  const { t, language } = useTexts();
  useTitle(t('signIn.title'));
  const other = language === 'de' ? 'en' : 'de';
  return (
    <main className="sign-in">
      <div className="brand">
        <img src="/favicon.svg" alt="" />
        <Box variant="span" fontSize="heading-xl" fontWeight="bold">
          Carillon
        </Box>
      </div>
      <Container header={<Header variant="h1">{t('signIn.title')}</Header>}>
        <CredentialsForm onDone={onDone} />
      </Container>
      <Box textAlign="center" padding={{ top: 'l' }}>
        <Link onFollow={() => preferences.set({ language: other })}>{other === 'de' ? 'Deutsch' : 'English'}</Link>
      </Box>
    </main>
  );
}
