import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useTexts } from '../../shared/i18n';
import { useTitle } from '../../shared/ui/useTitle';
import { Password } from './Password';
import { Preferences } from './Preferences';
import { SecondFactor } from './SecondFactor';

interface Props {
  email: string;
  onSignOut: (everywhere: boolean) => void;
}

/** What somebody may change about themselves: nobody else can, and nothing of it is the API's. */
export function Account({ email, onSignOut }: Props) {
  const { t } = useTexts();
  useTitle(t('nav.account'));
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={email}
          actions={<Button onClick={() => onSignOut(true)}>{t('session.signOutEverywhere')}</Button>}
        >
          {t('nav.account')}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Preferences />
        <Password />
        <SecondFactor email={email} />
      </SpaceBetween>
    </ContentLayout>
  );
}
