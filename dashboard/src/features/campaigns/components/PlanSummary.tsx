import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import '../../../shared/ui/list.css';
import type { CampaignPlan } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Figure } from '../../../shared/ui/Figure';
import { policyWords } from '../../../shared/retry/retry';
import { useQueues } from '../api';
import { formOf, type StepId } from '../form';
import { voiceName } from '../samples';
import { dayText, DAYS, intersection, type Week } from '../../../shared/week/week';
import { ScriptPreview } from './ScriptPreview';
import { WeekGrid, WeekLegend } from '../../../shared/week/WeekGrid';
import { weekWords } from '../../../shared/week/words';
import { languageName } from './words';

interface Props {
  plan: CampaignPlan;
  /** Leads to a part of the wizard; without it the plan is only shown. */
  onEdit?: (step: StepId) => void;
  /** What the rules leave of the hours, if that is known. */
  allowed?: Week | null;
  /** How many contacts there are, where that is not said elsewhere on the page. */
  contacts?: number;
}

/** A campaign's plan, to be read. */
export function PlanSummary({ plan, onEdit, allowed, contacts }: Props) {
  const texts = useTexts();
  const { t, n, format } = texts;
  const form = formOf(plan);
  const queues = useQueues(Boolean(plan.agents));
  const section = (step: StepId, title: string, content: ReactNode) => (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            onEdit && (
              <Button onClick={() => onEdit(step)} ariaLabel={`${t('action.edit')}: ${title}`}>
                {t('action.edit')}
              </Button>
            )
          }
        >
          {title}
        </Header>
      }
    >
      {content}
    </Container>
  );
  const isBarred = allowed ? DAYS.some((day) => dayText(intersection(form.week, allowed)[day]) !== dayText(form.week[day])) : false;
  return (
    <SpaceBetween size="l">
      {section(
        'content',
        t('step.content'),
        <ColumnLayout columns={2} minColumnWidth={300}>
          <KeyValuePairs
            columns={1}
            items={[
              { label: t('plan.name'), value: plan.name },
              { label: t('plan.purpose'), value: t(`purpose.${plan.purpose}`) },
              { label: t('plan.language'), value: languageName(plan.script.language, texts) },
              { label: t('plan.voice'), value: plan.script.voice ? voiceName(plan.script.voice) : t('plan.voice.default') },
            ]}
          />
          <ScriptPreview form={form} />
        </ColumnLayout>,
      )}
      {section(
        'agents',
        t('step.agents'),
        plan.agents ? (
          <KeyValuePairs
            columns={3}
            minColumnWidth={180}
            items={[
              { label: t('agentsPlan.queue'), value: queues.data?.find(({ id }) => id === plan.agents?.queue)?.plan.name ?? plan.agents.queue },
              { label: t('agentsPlan.when'), value: t(`agentsPlan.when.${form.agents.when}`) },
              { label: t('agentsPlan.transfer'), value: t(`agentsPlan.transfer.${form.agents.transfer}`) },
              { label: t('agentsPlan.whisper'), value: <span lang={form.language}>{form.agents.whisper}</span> },
              { label: t('agentsPlan.sorry'), value: <span lang={form.language}>{form.agents.sorry}</span> },
              { label: t('agentsPlan.offer'), value: n('plan.seconds', Number(form.agents.offerSeconds)) },
            ]}
          />
        ) : plan.forward ? (
          <KeyValuePairs
            columns={3}
            minColumnWidth={180}
            items={[
              { label: t('agentsPlan.number'), value: plan.forward.number },
              { label: t('agentsPlan.when'), value: t(`agentsPlan.when.${form.agents.when}`) },
              { label: t('agentsPlan.sorry'), value: <span lang={form.language}>{form.agents.sorry}</span> },
            ]}
          />
        ) : (
          <Box>{t('agentsPlan.script.only')}</Box>
        ),
      )}
      {contacts !== undefined &&
        section('audience', t('step.audience'), <Figure>{format.number(contacts)}</Figure>)}
      {section(
        'calling',
        t('step.calling'),
        <KeyValuePairs
          columns={3}
          minColumnWidth={180}
          items={[
            { label: t('plan.callerIds'), value: plan.caller_ids.join(', ') || t('plan.callerIds.none') },
            { label: t('plan.amd'), value: t(!form.amd ? 'plan.amd.off' : plan.amd === 'async' ? 'plan.amd.onAsync' : 'plan.amd.on') },
            { label: t('plan.record'), value: plan.record ? t('plan.record.on') : t('plan.record.off') },
            { label: t('plan.pace'), value: n('plan.pace.of', Number(form.callsPerSecond)) },
            { label: t('plan.ring'), value: n('plan.seconds', Number(form.ringSeconds)) },
            {
              label: t('plan.dailyLimit'),
              value: plan.daily_limit ? n('plan.dailyLimit.of', plan.daily_limit) : t('plan.dailyLimit.none'),
            },
          ]}
        />,
      )}
      {section(
        'times',
        t('step.times'),
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={3}
            minColumnWidth={180}
            items={[
              { label: t('plan.window'), value: weekWords(form.week, texts) },
              { label: t('plan.start'), value: plan.start_at ? format.dateTime(plan.start_at, plan.timezone) : t('plan.start.atOnce') },
              { label: t('plan.end'), value: plan.end_at ? format.dateTime(plan.end_at, plan.timezone) : t('plan.end.never') },
              { label: t('plan.timezone'), value: plan.timezone },
            ]}
          />
          <WeekGrid week={form.week} allowed={allowed} label={t('plan.window')} />
          <WeekLegend barred={isBarred} />
        </SpaceBetween>,
      )}
      {section(
        'retries',
        t('step.retries'),
        <SpaceBetween size="xs">
          <ul className="plain-list">
            {policyWords(form.retry, texts).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <Box color="text-body-secondary">{t('retry.others')}</Box>
        </SpaceBetween>,
      )}
    </SpaceBetween>
  );
}
