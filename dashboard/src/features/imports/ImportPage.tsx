import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams } from 'react-router';

import { useMay } from '../../shared/api/queries';
import type { Import } from '../../shared/api/types';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { Freshness } from '../../shared/ui/Freshness';
import { PageButton } from '../../shared/ui/links';
import { Loaded } from '../../shared/ui/Loaded';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { isMoving, useImport, useImportCommand } from './api';
import { Counts } from './components/Counts';
import { OptionsSaid } from './components/OptionsSaid';
import { RejectsTable } from './components/RejectsTable';
import { StateSign } from './components/StateSign';

export function ImportPage() {
  const { import: id = '' } = useParams();
  const { t } = useTexts();
  const query = useImport(id);
  useTitle(query.data?.file_name ?? t('nav.imports'));
  return (
    <Loaded query={query}>
      {(found) => <Found key={found.id} found={found} at={query.dataUpdatedAt} failing={query.isRefetchError} />}
    </Loaded>
  );
}

interface Props {
  found: Import;
  at: number;
  failing: boolean;
}

function Found({ found, at, failing }: Props) {
  const { t, maybe, format } = useTexts();
  const may = useMay();
  const command = useImportCommand(found.id);
  const [asking, setAsking] = useState(false);
  const { state, failure, options, counts, percent_read } = found;
  // Reading or taking back has come to a standstill.
  const stands = state === 'failed' || (state === 'undoing' && failure);
  const over = state === 'completed' || state === 'undoing' || state === 'undone';
  const canUndo = (state === 'completed' || state === 'failed') && !options.dry_run && may('undo_import');
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.imports'), href: '/imports' },
            { text: found.file_name, href: `/imports/${found.id}` },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          description={t('imports.asked', { at: format.dateTime(found.created_at) })}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {canUndo && <Button onClick={() => setAsking(true)}>{t('imports.undo')}</Button>}
              {over && counts.valid > 0 && state === 'completed' && !options.dry_run && may('list_contacts') && (
                <PageButton href="/contacts">{t('imports.showContacts')}</PageButton>
              )}
            </SpaceBetween>
          }
        >
          {found.file_name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {state === 'rejected' && failure && (
          <Alert
            type="error"
            header={t('imports.rejected')}
            action={
              <PageButton href="/imports/new" variant="normal">
                {t('imports.again')}
              </PageButton>
            }
          >
            {maybe(`imports.failure.${failure.code}`, failure.message)}
          </Alert>
        )}
        {stands && (
          <Alert
            type="error"
            header={t('imports.failed')}
            action={
              may('retry_import') && failure?.code !== 'FileReplaced' && (
                <Button loading={command.isPending} onClick={() => command.mutate('retry')}>
                  {t('imports.goOn')}
                </Button>
              )
            }
          >
            {failure ? maybe(`imports.failure.${failure.code}`, failure.message) : t('imports.failed.hint')}
          </Alert>
        )}
        {state === 'awaiting_upload' && (
          <Alert type="info" header={t('imports.awaiting')}>
            {t('imports.awaiting.hint')}
          </Alert>
        )}
        {state === 'undone' && (
          <Alert type="info" header={t('imports.undone')}>
            {t('imports.undone.hint')}
          </Alert>
        )}
        {options.dry_run && over && (
          <Alert type="info" header={t('imports.tried')}>
            {t('imports.tried.hint')}
          </Alert>
        )}
        {!asking && <ProblemAlert error={command.error} />}
        {(state !== 'awaiting_upload' && state !== 'rejected') && (
          <Container
            header={
              <Header
                variant="h2"
                actions={isMoving(found) || failing ? <Freshness at={at} failing={failing} /> : <StateSign of={found} />}
              >
                {t('imports.results')}
              </Header>
            }
          >
            <SpaceBetween size="l">
              {state === 'reading' && (
                <ProgressBar
                  value={percent_read ?? 0}
                  label={t('imports.state.reading')}
                  description={found.size ? t('imports.reading.of', { size: format.bytes(found.size) }) : undefined}
                />
              )}
              {state === 'undoing' && (
                <Box>
                  <StateSign of={found} />
                </Box>
              )}
              <Counts of={found} />
            </SpaceBetween>
          </Container>
        )}
        {over && found.has_rejects && <RejectsTable of={found} />}
        <OptionsSaid of={found} />
      </SpaceBetween>
      {asking && (
        <Confirm
          title={t('imports.undo.title')}
          verb={t('imports.undo')}
          busy={command.isPending}
          error={command.error}
          onCancel={() => {
            command.reset();
            setAsking(false);
          }}
          onConfirm={() => command.mutate('undo', { onSuccess: () => setAsking(false) })}
        >
          <Box variant="p">{t('imports.undo.text')}</Box>
        </Confirm>
      )}
    </ContentLayout>
  );
}
