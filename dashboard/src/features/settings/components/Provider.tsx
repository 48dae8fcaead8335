import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import { asProblem } from '../../../shared/api/problem';
import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { useSetTwilio, useTwilio } from '../api';
import { ConnectionTest } from './ConnectionTest';

/** The account at Twilio that calls go through. Its secret goes in here, and never comes out again. */
export function Provider() {
  const { t } = useTexts();
  const may = useMay();
  const query = useTwilio();
  const [asking, setAsking] = useState(false);
  return (
    <Loaded query={query}>
      {({ configured, account_sid }) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header
                variant="h2"
                description={t('twilio.hint')}
                actions={may('set_twilio') && <Button onClick={() => setAsking(true)}>{t(configured ? 'twilio.replace' : 'twilio.set')}</Button>}
              >
                Twilio
              </Header>
            }
          >
            <KeyValuePairs
              columns={3}
              items={[
                {
                  label: t('twilio.state'),
                  value: configured ? (
                    <StatusIndicator type="success">{t('twilio.configured')}</StatusIndicator>
                  ) : (
                    <StatusIndicator type="warning">{t('twilio.missing')}</StatusIndicator>
                  ),
                },
                { label: t('twilio.sid'), value: account_sid ? <Box variant="code">{account_sid}</Box> : '–' },
                { label: t('twilio.token'), value: configured ? t('twilio.token.kept') : '–' },
              ]}
            />
            {asking && <Account onClose={() => setAsking(false)} />}
          </Container>
          {may('test_twilio') && <ConnectionTest />}
        </SpaceBetween>
      )}
    </Loaded>
  );
}

const SID = /^AC[0-9a-fA-F]{32}$/;

function Account({ onClose }: { onClose: () => void }) {
  const { t } = useTexts();
  const { done } = useNotices();
  const set = useSetTwilio();
  const [sid, setSid] = useState('');
  const [token, setToken] = useState('');
  const [tried, setTried] = useState(false);
  const problem = set.error ? asProblem(set.error) : null;
  const save = async () => {
    setTried(true);
    if (!SID.test(sid.trim()) || token.trim() === '') {
      return;
    }
    await set.mutateAsync({ account_sid: sid.trim(), auth_token: token.trim() });
    done(t('twilio.saved'));
    onClose();
  };
  return (
    <Confirm
      title={t('twilio.title')}
      verb={t('twilio.save')}
      busy={set.isPending}
      error={set.error}
      onConfirm={() => void save().catch(() => undefined)}
      onCancel={onClose}
    >
      <SpaceBetween size="m">
        <Box variant="p">{t('twilio.text')}</Box>
        <FormField
          label={t('twilio.sid')}
          constraintText={t('twilio.sid.rule')}
          errorText={tried && !SID.test(sid.trim()) ? t('twilio.sid.wrong') : problem?.about('account_sid')}
        >
          <Input value={sid} autoComplete={false} spellcheck={false} onChange={({ detail }) => setSid(detail.value)} />
        </FormField>
        <FormField label={t('twilio.token')} errorText={tried && token.trim() === '' ? t('field.required') : problem?.about('auth_token')}>
          <Input value={token} type="password" autoComplete="off" onChange={({ detail }) => setToken(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
