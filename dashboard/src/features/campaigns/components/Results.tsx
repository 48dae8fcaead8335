import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';

import type { Progress } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { BarList } from '../../../shared/ui/BarList';
import { funnel, STAGES, toneOf } from '../funnel';
import { END_REASONS, OUTCOMES } from '../outcomes';

/** How the calls went, from the dialling to the interest; how they ended; and what became of the contacts. */
export function Results({ progress }: { progress: Progress }) {
  const { t } = useTexts();
  const stages = funnel(progress.outcomes);
  const contacts = `/campaigns/${progress.campaign}?tab=contacts`;
  const outcomes = OUTCOMES.filter((outcome) => (progress.outcomes[outcome] ?? 0) > 0);
  const reasons = END_REASONS.filter((reason) => (progress.ended_by_reason[reason] ?? 0) > 0);
  const none = (
    <Box color="text-body-secondary" padding={{ vertical: 's' }}>
      {t('live.noneYet')}
    </Box>
  );
  return (
    <ColumnLayout columns={2} minColumnWidth={320}>
      <Container fitHeight header={<Header variant="h2" description={t('live.funnel.hint')}>{t('live.funnel')}</Header>}>
        {stages.placed === 0 ? (
          none
        ) : (
          <BarList
            label={t('live.funnel')}
            whole={stages.placed}
            bars={STAGES.map((stage) => ({
              key: stage,
              label: t(`live.stage.${stage}`),
              value: stages[stage],
              tone: stage === 'interested' ? 'good' : 'fair',
            }))}
          />
        )}
      </Container>
      <Container fitHeight header={<Header variant="h2" description={t('live.outcomes.hint')}>{t('live.outcomes')}</Header>}>
        {outcomes.length === 0 ? (
          none
        ) : (
          <BarList
            label={t('live.outcomes')}
            whole={stages.placed}
            bars={outcomes.map((outcome) => ({
              key: outcome,
              label: t(`outcome.${outcome}`),
              value: progress.outcomes[outcome] ?? 0,
              tone: toneOf(outcome),
              href: `${contacts}&outcome=${outcome}`,
            }))}
          />
        )}
      </Container>
      <Container fitHeight header={<Header variant="h2" description={t('live.reasons.hint')}>{t('live.reasons')}</Header>}>
        {reasons.length === 0 ? (
          none
        ) : (
          <BarList
            label={t('live.reasons')}
            whole={progress.enrolled}
            bars={reasons.map((reason) => ({
              key: reason,
              label: t(`endReason.${reason}`),
              value: progress.ended_by_reason[reason] ?? 0,
              tone: reason === 'reached' || reason === 'message_left' ? ('good' as const) : ('quiet' as const),
            }))}
          />
        )}
      </Container>
    </ColumnLayout>
  );
}
