import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';

import '../settings.css';
import { useTexts } from '../../../shared/i18n';
import { Copyable } from '../../../shared/ui/Copyable';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useTestTwilio } from '../api';
import { checksOf, type Check, type Finding } from '../checks';

/** Asks the provider whether calls can be placed, and says step by step what stands in the way. Nobody is called. */
export function ConnectionTest() {
  const { t, format } = useTexts();
  const test = useTestTwilio();
  const result = test.data;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={t('twilio.test.hint')}
          actions={
            <Button loading={test.isPending} onClick={() => test.mutate()}>
              {t(result ? 'twilio.test.again' : 'twilio.test')}
            </Button>
          }
        >
          {t('twilio.test.title')}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ProblemAlert error={test.error} />
        {!result && !test.error && <Box color="text-body-secondary">{t('twilio.test.none')}</Box>}
        {result && (
          <div role="status">
            <Alert type={result.works ? 'success' : 'error'} header={t(result.works ? 'twilio.test.works' : 'twilio.test.fails')}>
              {t('twilio.test.at', { at: format.dateTime(result.tested_at) })}
            </Alert>
          </div>
        )}
        {result && (
          <ul className="checks">
            {checksOf(result).map((check) => (
              <li key={check.number ?? check.what}>
                <Line check={check} />
              </li>
            ))}
          </ul>
        )}
        {result && (
          <KeyValuePairs
            columns={1}
            items={[{ label: t('twilio.test.webhook'), value: <Copyable text={result.webhook} label={t('twilio.test.webhook.copy')} /> }]}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Line({ check: { what, number, takesCalls, sign, findings } }: { check: Check }) {
  const { t } = useTexts();
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type={sign}>
        {number ? t(takesCalls ? 'twilio.check.number.in' : 'twilio.check.number', { number }) : t(`twilio.check.${what as Exclude<Check['what'], 'number'>}`)}
        {sign === 'stopped' && ` – ${t('twilio.check.skipped')}`}
      </StatusIndicator>
      {findings.map((finding) => (
        <Words key={finding.code} finding={finding} />
      ))}
    </SpaceBetween>
  );
}

/** In the reader's language, as far as the kind is known. */
function Words({ finding: { code, detail } }: { finding: Finding }) {
  const { maybe } = useTexts();
  const known = maybe(`finding.${code}`, '');
  return (
    <Box color="text-body-secondary" padding={{ left: 'l' }}>
      <span lang={known ? undefined : 'en'}>{known || detail}</span>
    </Box>
  );
}
