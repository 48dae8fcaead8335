import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Wizard from '@cloudscape-design/components/wizard';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';

import type { Versioned } from '../../shared/api/client';
import type { Campaign, CampaignPlan } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { newKey, useCampaign, useCommand, useProgress, useSettings } from './api';
import { AgentsStep } from './components/AgentsStep';
import { AudienceStep } from './components/AudienceStep';
import { CallingStep } from './components/CallingStep';
import { ConflictAlert } from './components/ConflictAlert';
import { ContentStep } from './components/ContentStep';
import { faultText, localText } from './components/faults';
import { RetriesStep } from './components/RetriesStep';
import { ReviewStep } from './components/ReviewStep';
import { RulesStep } from './components/RulesStep';
import { TimesStep } from './components/TimesStep';
import { faultsOf, inStep, planOf, stepOf, STEPS, type StepId } from './form';
import { newPlan } from './samples';
import { useEditor } from './useEditor';

/** A new campaign, or another look at an old one. */
export function CampaignEditor() {
  const { campaign } = useParams();
  return campaign ? <Existing key={campaign} id={campaign} /> : <New />;
}

function New() {
  const { language } = useTexts();
  const settings = useSettings();
  return <Loaded query={settings}>{({ value }) => <Steps key="new" saved={null} fresh={newPlan(value.timezone, language)} />}</Loaded>;
}

function Existing({ id }: { id: string }) {
  const query = useCampaign(id);
  // What is read later must not take the place of what is being typed: the editor notices it when it saves.
  return <Loaded query={query}>{(campaign) => <Steps key={id} saved={campaign} fresh={campaign.value.plan} />}</Loaded>;
}

function Steps({ saved: initial, fresh }: { saved: Versioned<Campaign> | null; fresh: CampaignPlan }) {
  const texts = useTexts();
  const { t, n, format } = texts;
  const navigate = useNavigate();
  const { done } = useNotices();
  const [search, setSearch] = useSearchParams();
  const editor = useEditor(initial, fresh);
  const { form, change, saved, dirty } = editor;
  const [tried, setTried] = useState<ReadonlySet<StepId>>(new Set());
  const [starting, setStarting] = useState<{ key: string } | null>(null);
  // The wizard lets people go to steps that have been shown: of what is saved already, all have been.
  const [shown, setShown] = useState(saved === null);
  useEffect(() => {
    queueMicrotask(() => setShown(true));
  }, []);
  const top = useRef<HTMLDivElement>(null);
  const command = useCommand(saved?.value.id ?? '');
  const progress = useProgress(saved?.value.id ?? '', false, saved !== null);

  const isDraft = saved === null || saved.value.state === 'draft';
  useTitle(saved ? t('editor.edit', { name: saved.value.plan.name }) : t('campaigns.new'));
  const wanted = STEPS.find((one) => one === search.get('step')) ?? (saved ? 'review' : 'content');
  // Before it is saved there is nothing to add contacts to, and nothing to look at.
  const step = saved ? wanted : 'content';
  const faults = faultsOf(form);
  const local = inStep(faults, step);
  const fault = (field: string): string | undefined => {
    const mine = tried.has(step) ? local.find((one) => one.field === field) : undefined;
    const theirs = editor.fields.find((one) => one.field === field || one.field.startsWith(`${field}.`) || one.field.startsWith(`${field}[`));
    return mine ? localText(mine, texts) : theirs && faultText(theirs, texts);
  };
  const show = (next: StepId) => {
    setSearch({ step: next }, { replace: true });
    window.scrollTo({ top: 0 });
  };
  /** To another step; a draft is saved on the way, so that nothing is lost and rules and contacts have something to hold on to. */
  const go = async (next: StepId) => {
    const isForward = STEPS.indexOf(next) > STEPS.indexOf(step);
    if (isForward && local.length > 0) {
      setTried(new Set([...tried, step]));
      return requestAnimationFrame(() => top.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    }
    if (!isDraft || faults.length > 0) {
      return show(next);
    }
    const now = await editor.save();
    if (now && !saved) {
      return navigate(`/campaigns/${now.value.id}/edit?step=${next}`, { replace: true });
    }
    if (now) {
      show(next);
    }
  };
  const saveAndClose = async () => {
    const now = await save();
    if (now) {
      done(t('campaign.saved', { name: now.value.plan.name }));
      await navigate(`/campaigns/${now.value.id}`);
    }
  };
  const save = async () => {
    const first = faults[0];
    if (first) {
      setTried(new Set(STEPS));
      const there = stepOf(first.field);
      if (there && there !== step && saved) {
        show(there);
      }
      return null;
    }
    return editor.save();
  };
  const submit = async () => {
    if (!isDraft) {
      return saveAndClose();
    }
    if (await save()) {
      command.reset();
      setStarting({ key: newKey() });
    }
  };
  const start = async () => {
    if (!starting || !saved) {
      return;
    }
    const started = await command.mutateAsync({ command: 'start', key: starting.key });
    setStarting(null);
    done(t('campaign.done.start', { name: started.value.plan.name }));
    await navigate(`/campaigns/${started.value.id}`);
  };

  const given = { form, change, fault };
  const content = (id: StepId) => {
    switch (id) {
      case 'content':
        return <ContentStep {...given} />;
      case 'agents':
        return <AgentsStep {...given} />;
      case 'audience':
        return saved && <AudienceStep campaign={saved.value} fault={fault} />;
      case 'calling':
        return <CallingStep {...given} />;
      case 'times':
        return <TimesStep {...given} />;
      case 'retries':
        return <RetriesStep {...given} />;
      case 'rules':
        return <RulesStep {...given} saved={saved} stale={dirty} />;
      case 'review':
        return <ReviewStep saved={saved} plan={planOf(form)} onEdit={(next) => void go(next)} />;
    }
  };
  const kept = (
    <Box variant="small" color="text-body-secondary">
      <span role="status">
        {dirty ? <StatusIndicator type="pending">{t('editor.unsaved')}</StatusIndicator> : saved && <StatusIndicator type="success">{t('editor.saved')}</StatusIndicator>}
      </span>
    </Box>
  );
  const around = (id: StepId) => (
    <div ref={id === step ? top : undefined}>
      <SpaceBetween size="l">
        {editor.restored && dirty && (
          <Alert type="info" action={<Button onClick={editor.discard}>{t('editor.discard')}</Button>}>
            {t('editor.restored')}
          </Alert>
        )}
        {editor.conflict && <ConflictAlert conflict={editor.conflict} onResolve={editor.resolve} />}
        <ProblemAlert error={editor.error} shown={inStep(editor.fields, step).map(({ field }) => field)} />
        {content(id)}
      </SpaceBetween>
    </div>
  );
  return (
    <>
      <Trail
        items={[
          { text: t('nav.campaigns'), href: '/campaigns' },
          ...(saved
            ? [
                { text: saved.value.plan.name, href: `/campaigns/${saved.value.id}` },
                { text: t('action.edit'), href: `/campaigns/${saved.value.id}/edit` },
              ]
            : [{ text: t('campaigns.new'), href: '/campaigns/new' }]),
        ]}
      />
      <Wizard
        activeStepIndex={shown ? STEPS.indexOf(step) : STEPS.length - 1}
        isLoadingNextStep={editor.saving}
        submitButtonText={isDraft ? t('editor.start') : t('action.save')}
        onNavigate={({ detail }) => void go(STEPS[detail.requestedStepIndex] ?? 'content')}
        onCancel={() => {
          editor.discard();
          void navigate(saved ? `/campaigns/${saved.value.id}` : '/campaigns');
        }}
        onSubmit={() => void submit()}
        secondaryActions={
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {kept}
            {isDraft && saved && (
              <Button loading={editor.saving} onClick={() => void saveAndClose()}>
                {t('editor.close')}
              </Button>
            )}
          </SpaceBetween>
        }
        steps={STEPS.map((id) => ({
          title: t(`step.${id}`),
          description: t(`step.${id}.hint`),
          isOptional: false,
          errorText: tried.has(id) && inStep(faults, id).length > 0 ? n('editor.faults', inStep(faults, id).length) : undefined,
          content: shown && around(id),
        }))}
      />
      {starting && saved && (
        <Confirm
          title={t('campaign.ask.start', { name: saved.value.plan.name })}
          verb={t('campaign.verb.start')}
          busy={command.isPending}
          error={command.error}
          onConfirm={() => void start().catch(() => undefined)}
          onCancel={() => setStarting(null)}
        >
          <Box variant="p">
            {n('campaign.ask.start.text', progress.data?.enrolled ?? 0)}{' '}
            {saved.value.plan.start_at
              ? t('campaign.ask.start.later', { at: format.dateTime(saved.value.plan.start_at, saved.value.plan.timezone), zone: saved.value.plan.timezone })
              : t('campaign.ask.start.now')}
          </Box>
        </Confirm>
      )}
    </>
  );
}
