import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { changePassword, fitsRule, troubleOf, type SignInTrouble } from '../../shared/auth/session';
import { useTexts } from '../../shared/i18n';
import { useNotices } from '../../shared/ui/notices';

export function Password() {
  const { t } = useTexts();
  const { done } = useNotices();
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [trouble, setTrouble] = useState<SignInTrouble | null>(null);
  const [busy, setBusy] = useState(false);
  const change = async () => {
    if (!fitsRule(fresh)) {
      return setTrouble('password');
    }
    setBusy(true);
    setTrouble(null);
    try {
      await changePassword(old, fresh);
      setOld('');
      setFresh('');
      done(t('account.password.done'));
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void change();
      }}
    >
      <Container header={<Header variant="h2">{t('account.password')}</Header>}>
        <Form
          actions={
            <Button formAction="submit" loading={busy} disabled={!old || !fresh}>
              {t('account.password.go')}
            </Button>
          }
        >
          <SpaceBetween size="m">
            {trouble && <Alert type="error">{trouble === 'wrong' ? t('account.password.wrong') : t(`signIn.trouble.${trouble}`)}</Alert>}
            <FormField label={t('account.password.old')}>
              <Input type="password" autoComplete="current-password" value={old} onChange={({ detail }) => setOld(detail.value)} ariaRequired />
            </FormField>
            <FormField label={t('signIn.newPassword')} description={t('signIn.passwordRule')}>
              <Input type="password" autoComplete="new-password" value={fresh} onChange={({ detail }) => setFresh(detail.value)} ariaRequired />
            </FormField>
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  );
}
