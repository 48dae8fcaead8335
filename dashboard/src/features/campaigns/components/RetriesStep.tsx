import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useTexts } from '../../../shared/i18n';
import { AttemptsField, RulesFields } from '../../../shared/retry/RetryEditor';
import type { StepProps } from './step';

/** How often to try again, after what, and when. */
export function RetriesStep({ form: { retry }, change, fault }: StepProps) {
  const { t } = useTexts();
  const set = (next: typeof retry) => change({ retry: next });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t('retry.max')}</Header>}>
        <AttemptsField retry={retry} change={set} error={fault('retry.attempts_max') ?? fault('retry')} />
      </Container>
      <Container header={<Header variant="h2" description={t('retry.rules.hint')}>{t('retry.rules')}</Header>}>
        <RulesFields retry={retry} change={set} fault={(outcome) => fault(`retry.rules.${outcome}`)} />
      </Container>
    </SpaceBetween>
  );
}
