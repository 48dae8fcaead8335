import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useCampaignNames } from '../../../shared/api/campaigns';
import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import type { Choices } from '../choices';
import { columnName } from '../columns';
import type { Sample } from '../sample';
import type { useSend } from '../useSend';
import { useFieldLabel } from './fieldLabel';

interface Props {
  file: File;
  sample: Sample;
  choices: Choices;
  send: ReturnType<typeof useSend>;
  problem: unknown;
  onEdit: (step: number) => void;
}

export function ReviewStep({ file, sample, choices, send, problem, onEdit }: Props) {
  const { t, n, format } = useTexts();
  const label = useFieldLabel();
  const name = useCampaignNames(choices.campaign ? [choices.campaign] : []);
  const part = (step: number, title: string, content: ReactNode) => (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button disabled={send.sending} onClick={() => onEdit(step)} ariaLabel={t('imports.review.edit', { part: title })}>
              {t('action.edit')}
            </Button>
          }
        >
          {title}
        </Header>
      }
    >
      {content}
    </Container>
  );
  return (
    <SpaceBetween size="l">
      {send.sending && (
        <Container>
          <ProgressBar
            value={send.percent}
            label={t('imports.uploading')}
            description={t('imports.uploading.of', { sent: format.bytes(send.sent?.bytes), size: format.bytes(file.size) })}
            additionalInfo={<Button onClick={send.cancel}>{t('imports.uploading.cancel')}</Button>}
          />
        </Container>
      )}
      <ProblemAlert error={problem} />
      {part(
        0,
        t('imports.file'),
        <KeyValuePairs
          columns={3}
          items={[
            { label: t('imports.file.name'), value: file.name },
            { label: t('imports.size'), value: format.bytes(file.size) },
            {
              label: t('imports.count.rows'),
              value: sample.complete ? format.number(sample.rows.length) : n('imports.file.firstRows', sample.rows.length),
            },
          ]}
        />,
      )}
      {part(
        1,
        t('imports.columns'),
        <KeyValuePairs
          columns={4}
          items={sample.headers.map((header, at) => ({ label: columnName(header, at), value: label(choices.fields[at] ?? 'ignore') }))}
        />,
      )}
      {part(
        2,
        t('imports.options'),
        <KeyValuePairs
          columns={3}
          items={[
            { label: t('imports.country'), value: choices.country ? format.country(choices.country) : t('imports.country.own') },
            { label: t('imports.campaign'), value: choices.campaign ? name(choices.campaign) : t('imports.campaign.none') },
            { label: t('imports.duplicates'), value: t(`imports.duplicates.${choices.duplicates}`) },
            ...(choices.campaign ? [{ label: t('imports.acrossTenant.short'), value: t(choices.acrossTenant ? 'imports.yes' : 'imports.no') }] : []),
            { label: t('imports.dryRun'), value: t(choices.dryRun ? 'imports.yes' : 'imports.no') },
          ]}
        />,
      )}
    </SpaceBetween>
  );
}
