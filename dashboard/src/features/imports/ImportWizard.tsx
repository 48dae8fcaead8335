import Box from '@cloudscape-design/components/box';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import type { ImportOptions } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { useRemembered } from './api';
import { guessColumns, toMapping, troubleWith } from './columns';
import { ColumnsStep } from './components/ColumnsStep';
import { FileStep } from './components/FileStep';
import { OptionsStep } from './components/OptionsStep';
import { ReviewStep } from './components/ReviewStep';
import { fieldSpecs, INITIAL, type Choices } from './choices';
import { sampleOf, type Sample, type SampleTrouble } from './sample';
import { useSend } from './useSend';

export function ImportWizard() {
  const { t } = useTexts();
  useTitle(t('imports.new'));
  const navigate = useNavigate();
  const [parameters] = useSearchParams();
  const remembered = useRemembered().data;
  const [step, setStep] = useState(0);
  const [file, setFile] = useState<File | null>(null);
  const [sample, setSample] = useState<Sample | null>(null);
  const [trouble, setTrouble] = useState<SampleTrouble | null>(null);
  const [candidates, setCandidates] = useState<string[]>([]);
  const [choices, setChoices] = useState<Choices>({ ...INITIAL, campaign: parameters.get('campaign') });
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const send = useSend();
  const change = (part: Partial<Choices>) => setChoices((old) => ({ ...old, ...part }));

  const take = async (chosen: File | null) => {
    setFile(chosen);
    setAsked(false);
    setProblem(null);
    setSample(null);
    setTrouble(null);
    if (!chosen) {
      return;
    }
    const looked = await sampleOf(chosen);
    if ('kind' in looked) {
      setTrouble(looked);
      return;
    }
    const guessed = guessColumns(looked.headers, remembered);
    setSample(looked);
    setCandidates(guessed.candidates);
    change({ fields: guessed.fields, types: {}, required: [] });
  };

  const wrong = [
    sample === null ? t('imports.step.file.missing') : null,
    sample !== null && troubleWith(sample.headers, choices.fields) ? t('imports.step.columns.wrong') : null,
  ];
  const go = (to: number) => {
    const stuck = wrong.findIndex((text, at) => text !== null && at < to);
    setAsked(stuck >= 0);
    setStep(stuck >= 0 ? stuck : to);
  };
  const options: ImportOptions | null = sample && {
    campaign: choices.campaign,
    country: choices.country,
    duplicates: choices.duplicates,
    across_tenant: choices.acrossTenant,
    dry_run: choices.dryRun,
    mapping: toMapping(sample.headers, choices.fields),
    fields: fieldSpecs(choices),
  };
  const submit = async () => {
    if (!file || !options) {
      return;
    }
    setProblem(null);
    try {
      const created = await send.start(file, file.name.slice(0, 200), options);
      if (created) {
        void navigate(`/imports/${created}`);
      }
    } catch (error) {
      setProblem(error);
    }
  };

  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.imports'), href: '/imports' },
            { text: t('imports.new'), href: '/imports/new' },
          ]}
        />
      }
      header={
        <Header variant="h1" description={t('imports.description')}>
          {t('imports.new')}
        </Header>
      }
    >
      <Wizard
        activeStepIndex={step}
        submitButtonText={choices.dryRun ? t('imports.try') : t('imports.start')}
        isLoadingNextStep={send.sending}
        onCancel={() => {
          send.cancel();
          void navigate('/imports');
        }}
        onNavigate={({ detail }) => go(detail.requestedStepIndex)}
        onSubmit={() => void submit()}
        steps={[
          {
            title: t('imports.step.file'),
            description: t('imports.step.file.text'),
            errorText: asked && step === 0 && !trouble ? (wrong[0] ?? undefined) : undefined,
            content: <FileStep file={file} sample={sample} trouble={trouble} onFile={(chosen) => void take(chosen)} />,
          },
          {
            title: t('imports.step.columns'),
            description: t('imports.step.columns.text'),
            content: sample ? (
              <ColumnsStep sample={sample} candidates={candidates} choices={choices} asked={asked} onChange={change} />
            ) : (
              <Box />
            ),
          },
          {
            title: t('imports.step.options'),
            content: <OptionsStep choices={choices} onChange={change} />,
          },
          {
            title: t('imports.step.review'),
            content:
              file && sample ? (
                <ReviewStep file={file} sample={sample} choices={choices} send={send} problem={problem} onEdit={setStep} />
              ) : (
                <Box />
              ),
          },
        ]}
      />
    </ContentLayout>
  );
}
