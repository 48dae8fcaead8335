import AreaChart from '@cloudscape-design/components/area-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';
import { useMinutes } from '../api';
import { buckets, SPANS, type Span } from '../minutes';

/** How fast a campaign calls. It comes with the chart's code, which only this card needs. */
export default function Minutes({ campaign, interval }: { campaign: string; interval: number | false }) {
  const { t, n, format } = useTexts();
  const [span, setSpan] = useState<Span>(1);
  const query = useMinutes(campaign, span, interval);
  const series = query.data ? buckets(query.data, span) : [];
  const most = Math.max(4, ...series.map(({ calls }) => calls));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={span === 1 ? t('minutes.hint') : n('minutes.hint.every', SPANS[span])}
          actions={
            <SegmentedControl
              selectedId={String(span)}
              label={t('minutes.span')}
              options={([1, 6, 24] as const).map((hours) => ({ id: String(hours), text: n('minutes.hours', hours) }))}
              onChange={({ detail }) => setSpan(Number(detail.selectedId) as Span)}
            />
          }
        >
          {t('minutes.title')}
        </Header>
      }
    >
      <AreaChart
        ariaLabel={t('minutes.title')}
        height={180}
        hideFilter
        xScaleType="time"
        xDomain={series.length > 0 ? [series[0]?.at ?? new Date(), series.at(-1)?.at ?? new Date()] : undefined}
        yDomain={[0, most]}
        xTitle={t('minutes.time')}
        yTitle={t('minutes.calls')}
        statusType={query.isPending ? 'loading' : query.isError && !query.data ? 'error' : 'finished'}
        recoveryText={t('action.retry')}
        onRecoveryClick={() => void query.refetch()}
        series={[
          {
            type: 'area',
            title: t('minutes.answered'),
            data: series.map(({ at, answered }) => ({ x: at, y: answered })),
            valueFormatter: format.number,
          },
          {
            type: 'area',
            title: t('minutes.other'),
            data: series.map(({ at, calls, answered }) => ({ x: at, y: calls - answered })),
            valueFormatter: format.number,
          },
        ]}
        i18nStrings={{ xTickFormatter: format.hour, yTickFormatter: format.number, detailTotalLabel: t('minutes.total') }}
        empty={<Box textAlign="center">{t('live.noneYet')}</Box>}
      />
    </Container>
  );
}
