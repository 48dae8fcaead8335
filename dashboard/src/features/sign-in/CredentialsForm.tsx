import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { answer, begin, choosePassword, fitsRule, forgot, troubleOf, type SignInTrouble, type Step } from '../../shared/auth/session';
import { useTexts } from '../../shared/i18n';

type Asking = 'password' | 'new-password' | 'code' | 'forgot' | 'reset';

interface Props {
  /** Whoever must sign in again; anybody may, if not given. */
  email?: string;
  onDone: () => void;
}

/** Every question that a user pool asks on the way in. */
export function CredentialsForm({ email: given, onDone }: Props) {
  const { t } = useTexts();
  const [asking, setAsking] = useState<Asking>('password');
  const [email, setEmail] = useState(given ?? '');
  const [password, setPassword] = useState('');
  const [fresh, setFresh] = useState('');
  const [code, setCode] = useState('');
  const [trouble, setTrouble] = useState<SignInTrouble | null>(null);
  const [busy, setBusy] = useState(false);

  const go = (step: Step) => {
    if (step === 'done') {
      onDone();
    } else {
      setAsking(step);
    }
  };
  const work = async () => {
    switch (asking) {
      case 'password':
        return go(await begin(email, password));
      case 'new-password':
        return go(await answer(fresh));
      case 'code':
        return go(await answer(code.replace(/\s/g, '')));
      case 'forgot':
        await forgot(email);
        return setAsking('reset');
      case 'reset':
        await choosePassword(email, code.trim(), fresh);
        return go(await begin(email, fresh));
    }
  };
  const turn = (question: Asking) => {
    setTrouble(null);
    setAsking(question);
  };
  const submit = async () => {
    if ((asking === 'new-password' || asking === 'reset') && !fitsRule(fresh)) {
      return setTrouble('password');
    }
    setBusy(true);
    setTrouble(null);
    try {
      await work();
    } catch (error) {
      const told = troubleOf(error);
      // With a code it is the sign-in that has grown too old, not the password that is wrong.
      setTrouble(asking === 'code' && told === 'wrong' ? 'expired' : told);
    } finally {
      setBusy(false);
    }
  };

  const text = (label: string, value: string, set: (value: string) => void, more: Partial<React.ComponentProps<typeof Input>>, hint?: string) => (
    <FormField label={label} description={hint}>
      <Input value={value} onChange={({ detail }) => set(detail.value)} ariaRequired {...more} />
    </FormField>
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <SpaceBetween size="m">
        {trouble && <Alert type="error">{t(`signIn.trouble.${trouble}`)}</Alert>}
        {asking !== 'password' && <Box variant="p">{t(`signIn.${asking}.text`)}</Box>}
        {(asking === 'password' || asking === 'forgot') &&
          text(t('signIn.email'), email, setEmail, {
            type: 'email',
            autoComplete: 'username',
            readOnly: given !== undefined,
            autoFocus: given === undefined,
          })}
        {asking === 'password' &&
          text(t('signIn.password'), password, setPassword, {
            type: 'password',
            autoComplete: 'current-password',
            autoFocus: given !== undefined,
          })}
        {(asking === 'code' || asking === 'reset') &&
          text(t('signIn.code'), code, setCode, { inputMode: 'numeric', autoComplete: 'one-time-code', autoFocus: true })}
        {(asking === 'new-password' || asking === 'reset') &&
          text(
            t('signIn.newPassword'),
            fresh,
            setFresh,
            { type: 'password', autoComplete: 'new-password', autoFocus: asking === 'new-password' },
            t('signIn.passwordRule'),
          )}
        <Button variant="primary" loading={busy} formAction="submit" fullWidth>
          {t(`signIn.${asking}.go`)}
        </Button>
        <Box textAlign="center">
          {asking === 'password' ? (
            <Link onFollow={() => turn('forgot')}>{t('signIn.forgotten')}</Link>
          ) : (
            <Link onFollow={() => turn('password')}>{t('signIn.back')}</Link>
          )}
        </Box>
      </SpaceBetween>
    </form>
  );
}
