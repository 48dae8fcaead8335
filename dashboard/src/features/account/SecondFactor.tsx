import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { beginTotp, endTotp, finishTotp, hasTotp, troubleOf, type SignInTrouble } from '../../shared/auth/session';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { Copyable } from '../../shared/ui/Copyable';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { QrCode } from './QrCode';

const KEY = ['second-factor'];

/** Codes from an authenticator app, set up and given up. */
export function SecondFactor({ email }: { email: string }) {
  const { t } = useTexts();
  const { done } = useNotices();
  const queries = useQueryClient();
  const on = useQuery({ queryKey: KEY, queryFn: hasTotp });
  const [setup, setSetup] = useState<{ uri: string; secret: string } | null>(null);
  const [ending, setEnding] = useState(false);
  const [code, setCode] = useState('');
  const [trouble, setTrouble] = useState<SignInTrouble | null>(null);
  const [busy, setBusy] = useState(false);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setTrouble(null);
    try {
      await work();
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  const finish = () =>
    attempt(async () => {
      await finishTotp(code.replace(/\s/g, ''));
      queries.setQueryData(KEY, true);
      setSetup(null);
      setCode('');
      done(t('account.factor.isOn'));
    });
  const end = () =>
    attempt(async () => {
      await endTotp();
      queries.setQueryData(KEY, false);
      setEnding(false);
      done(t('account.factor.isOff'));
    });
  const alert = trouble && <Alert type="error">{t(`signIn.trouble.${trouble}`)}</Alert>;

  return (
    <Container header={<Header variant="h2" description={t('account.factor.text')}>{t('account.factor')}</Header>}>
      <Loaded query={on}>
        {(isOn) =>
          setup ? (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void finish();
              }}
            >
              <Form
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button variant="link" formAction="none" onClick={() => setSetup(null)}>
                      {t('action.cancel')}
                    </Button>
                    <Button variant="primary" formAction="submit" loading={busy} disabled={!code}>
                      {t('account.factor.finish')}
                    </Button>
                  </SpaceBetween>
                }
              >
                <SpaceBetween size="m">
                  {alert}
                  <Box variant="p">{t('account.factor.scan')}</Box>
                  <QrCode text={setup.uri} label={t('account.factor.qr')} />
                  <FormField label={t('account.factor.secret')}>
                    <Copyable text={setup.secret} />
                  </FormField>
                  <FormField label={t('account.factor.code')}>
                    <Input
                      value={code}
                      inputMode="numeric"
                      autoComplete="one-time-code"
                      onChange={({ detail }) => setCode(detail.value)}
                      ariaRequired
                    />
                  </FormField>
                </SpaceBetween>
              </Form>
            </form>
          ) : (
            <SpaceBetween size="m">
              {alert}
              <StatusIndicator type={isOn ? 'success' : 'stopped'}>{t(isOn ? 'account.factor.on' : 'account.factor.off')}</StatusIndicator>
              {isOn ? (
                <Button onClick={() => setEnding(true)}>{t('account.factor.end')}</Button>
              ) : (
                <Button loading={busy} onClick={() => void attempt(async () => setSetup(await beginTotp(email)))}>
                  {t('account.factor.begin')}
                </Button>
              )}
            </SpaceBetween>
          )
        }
      </Loaded>
      {ending && (
        <Confirm
          title={t('account.factor.end')}
          verb={t('account.factor.end')}
          busy={busy}
          error={null}
          onConfirm={() => void end()}
          onCancel={() => setEnding(false)}
        >
          <Box variant="p">{t('account.factor.endText')}</Box>
        </Confirm>
      )}
    </Container>
  );
}
