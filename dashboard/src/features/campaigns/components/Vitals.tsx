import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import type { ReactNode } from 'react';

import '../campaigns.css';
import type { CampaignPlan, Progress } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { NONE } from '../../../shared/format';
import { Figure } from '../../../shared/ui/Figure';
import { Freshness } from '../../../shared/ui/Freshness';
import { useNow } from '../../../shared/ui/useNow';
import { until, wakeReason } from '../wake';

interface Props {
  progress: Progress;
  plan: CampaignPlan;
  readAt: number;
  failing: boolean;
  /** How long it may be that nothing was read, milliseconds. */
  staleAfterMs: number;
}

/** How far a campaign has come, what it does right now, and when it goes on. */
export function Vitals({ progress, plan, readAt, failing, staleAfterMs }: Props) {
  const { t, format } = useTexts();
  const now = useNow();
  const reason = wakeReason(progress, now);
  const figure = (value: ReactNode, beside?: ReactNode) => (
    <>
      <Figure>
        <span className="figure">{value}</span>
      </Figure>
      {beside && (
        <Box variant="small" color="text-body-secondary" display="block">
          {beside}
        </Box>
      )}
    </>
  );
  const wake =
    progress.next_wake_at && reason ? (
      <>
        <Box>
          {Date.parse(progress.next_wake_at) <= now ? t('live.wake.now') : until(progress.next_wake_at, now, format.locale)}
          {reason !== 'soon' && <> ({format.dateTime(progress.next_wake_at)})</>}
        </Box>
        <Box variant="small" color="text-body-secondary" display="block">
          {t(`live.wake.${reason}`, { zone: plan.timezone, limit: format.number(progress.daily_limit ?? 0) })}
        </Box>
      </>
    ) : (
      <>
        <Box>{NONE}</Box>
        <Box variant="small" color="text-body-secondary" display="block">
          {t(`live.wake.none.${progress.state}`)}
        </Box>
      </>
    );
  return (
    <Container
      header={
        <Header variant="h2" actions={<Freshness at={readAt} failing={failing} staleAfterMs={staleAfterMs} />}>
          {t(progress.state === 'completed' || progress.state === 'archived' ? 'live.title.over' : 'live.title')}
        </Header>
      }
    >
      <Box margin={{ bottom: 'l' }}>
        <ProgressBar
          value={progress.percent_ended ?? 0}
          label={t('live.done')}
          additionalInfo={
            progress.enrolled > 0
              ? t('campaigns.doneOf', { ended: format.number(progress.ended), enrolled: format.number(progress.enrolled) })
              : t('campaigns.nobody')
          }
        />
      </Box>
      <KeyValuePairs
        columns={4}
        minColumnWidth={150}
        items={[
          {
            label: t('live.inProgress'),
            value: figure(
              format.number(progress.calls_in_progress),
              t('live.inProgress.of', { dialing: format.number(progress.dialing), talking: format.number(progress.in_call) }),
            ),
          },
          {
            label: t('live.attempts'),
            value: figure(
              format.number(progress.attempts),
              progress.daily_limit
                ? t('live.today.of', { planned: format.number(progress.planned_today), limit: format.number(progress.daily_limit) })
                : t('live.today', { planned: format.number(progress.planned_today) }),
            ),
          },
          { label: t('live.answerRate'), value: figure(format.percent(progress.answer_rate), t('live.answerRate.of')) },
          { label: t('live.interested'), value: figure(format.number(progress.outcomes['interested'] ?? 0), t('live.interested.of')) },
          { label: t('live.waiting'), value: figure(format.number(progress.waiting), t('live.waiting.of')) },
          { label: t('live.talk'), value: figure(format.seconds(progress.talk_seconds), t('live.talk.of')) },
          {
            label: t('live.recordings'),
            value: figure(format.number(progress.recordings), plan.record ? t('live.recordings.on') : t('live.recordings.off')),
          },
          { label: t('live.wake'), value: wake },
        ]}
      />
    </Container>
  );
}
