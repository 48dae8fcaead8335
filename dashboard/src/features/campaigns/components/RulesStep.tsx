import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';

import '../../../shared/ui/list.css';
import type { Campaign, Validation } from '../../../shared/api/types';
import type { Versioned } from '../../../shared/api/client';
import { useTexts } from '../../../shared/i18n';
import { Loaded } from '../../../shared/ui/Loaded';
import { placeName, RulesTable } from '../../../shared/ui/RulesTable';
import { useRules, useValidation } from '../api';
import { parseRuleHours } from '../../../shared/week/week';
import type { StepProps } from './step';
import { weekWords } from '../../../shared/week/words';

interface Props extends StepProps {
  saved: Versioned<Campaign> | null;
  /** What has been changed and is not what the rules below were found for. */
  stale: boolean;
}

/** Which law the campaign is under, what it leaves of the window, and where that is written. */
export function RulesStep({ form, change, saved, stale }: Props) {
  const { t, format } = useTexts();
  const rules = useRules(saved?.value.id, saved?.etag);
  const validation = useValidation(saved?.value.id, saved?.etag);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t('rules.profile')}</Header>}>
        <SpaceBetween size="m">
          <Box>{t(`rules.purpose.${form.purpose}`)}</Box>
          <Toggle
            checked={form.waiveHouseRules}
            onChange={({ detail }) => change({ waiveHouseRules: detail.checked })}
            description={t('rules.waive.hint')}
          >
            {t('rules.waive')}
          </Toggle>
        </SpaceBetween>
      </Container>
      {stale && <Alert type="info">{t('rules.stale')}</Alert>}
      {saved && (
        <Loaded query={rules}>
          {(found) => (
            <Container
              header={
                <Header
                  variant="h2"
                  counter={`(${format.number(found.rules.length)})`}
                  description={t('rules.for', { countries: found.countries.map(format.country).join(', ') || '–' })}
                >
                  {t('rules.title')}
                </Header>
              }
            >
              <SpaceBetween size="l">
                {validation.data && <HoursLeft validation={validation.data} />}
                <RulesTable rules={found.rules} />
              </SpaceBetween>
            </Container>
          )}
        </Loaded>
      )}
    </SpaceBetween>
  );
}

function HoursLeft({ validation }: { validation: Validation }) {
  const texts = useTexts();
  const { t } = texts;
  if (validation.hours.length === 0) {
    return null;
  }
  const words = (left: string) => {
    const week = parseRuleHours(left);
    return week ? weekWords(week, texts) : left;
  };
  return (
    <section aria-label={t('rules.hours')}>
      <Box variant="h3" padding="n" margin={{ bottom: 'xs' }}>
        {t('rules.hours')}
      </Box>
      <ul className="plain-list">
        {validation.hours.map(({ rule, jurisdictions, left }) => (
          <li key={rule}>
            <Badge>{jurisdictions.map((code) => placeName(code, texts)).join(', ')}</Badge>{' '}
            {left ? (
              <StatusIndicator type="success">{words(left)}</StatusIndicator>
            ) : (
              <StatusIndicator type="error">{t('rules.hours.none')}</StatusIndicator>
            )}{' '}
            <Box variant="code">{rule}</Box>
          </li>
        ))}
      </ul>
    </section>
  );
}
