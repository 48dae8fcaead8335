import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { Progress } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { BarList, type Bar } from '../../../shared/ui/BarList';
import { toneOf } from '../../../shared/ui/tones';
import { funnel, STAGES } from '../funnel';
import { END_REASONS, OUTCOMES } from '../../../shared/ui/outcomes';

/** How the calls went, from the dialling to the interest; how they ended; and what became of the contacts. */
export function Results({ progress }: { progress: Progress }) {
  const { t } = useTexts();
  const stages = funnel(progress.outcomes);
  const contacts = `/campaigns/${progress.campaign}?tab=contacts`;
  const outcomes = OUTCOMES.filter((outcome) => (progress.outcomes[outcome] ?? 0) > 0);
  const reasons = END_REASONS.filter((reason) => (progress.ended_by_reason[reason] ?? 0) > 0);
  const card = (title: string, hint: string, bars: readonly Bar[], whole: number) => (
    <Container header={<Header variant="h2" description={hint}>{title}</Header>}>
      {whole === 0 || bars.length === 0 ? (
        <Box color="text-body-secondary" padding={{ vertical: 's' }}>
          {t('live.noneYet')}
        </Box>
      ) : (
        <BarList label={title} whole={whole} bars={bars} />
      )}
    </Container>
  );
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, s: 6 } }, { colspan: { default: 12, s: 6 } }]}>
      <SpaceBetween size="l">
        {card(
          t('live.funnel'),
          t('live.funnel.hint'),
          STAGES.map((stage) => ({
            key: stage,
            label: t(`live.stage.${stage}`),
            value: stages[stage],
            tone: stage === 'interested' ? 'good' : 'fair',
          })),
          stages.placed,
        )}
        {card(
          t('live.reasons'),
          t('live.reasons.hint'),
          reasons.map((reason) => ({
            key: reason,
            label: t(`endReason.${reason}`),
            value: progress.ended_by_reason[reason] ?? 0,
            tone: reason === 'reached' || reason === 'message_left' ? 'good' : 'quiet',
          })),
          progress.enrolled,
        )}
      </SpaceBetween>
      {card(
        t('live.outcomes'),
        t('live.outcomes.hint'),
        outcomes.map((outcome) => ({
          key: outcome,
          label: t(`outcome.${outcome}`),
          value: progress.outcomes[outcome] ?? 0,
          tone: toneOf(outcome),
          href: `${contacts}&outcome=${outcome}`,
        })),
        stages.placed,
      )}
    </Grid>
  );
}
