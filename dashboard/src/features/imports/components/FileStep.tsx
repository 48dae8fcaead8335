import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FileDropzone from '@cloudscape-design/components/file-dropzone';
import FileInput from '@cloudscape-design/components/file-input';
import FileTokenGroup from '@cloudscape-design/components/file-token-group';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';
import { save } from '../../../shared/save';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { template } from '../api';
import type { Sample, SampleTrouble } from '../sample';
import '../imports.css';

interface Props {
  file: File | null;
  sample: Sample | null;
  trouble: SampleTrouble | null;
  onFile: (file: File | null) => void;
}

const ACCEPTED = '.csv,.tsv,.txt,text/csv,text/plain';

/** The file: dropped or chosen, and looked at right here, so that what is no list is known before it is sent. */
export function FileStep({ file, sample, trouble, onFile }: Props) {
  const { t, n, format } = useTexts();
  const [problem, setProblem] = useState<unknown>(null);
  const take = (files: File[]) => onFile(files[0] ?? null);
  const said = (found: SampleTrouble) => (found.kind === 'not-csv' ? t(`imports.notCsv.${found.what}`) : t(`imports.file.${found.kind}`));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              iconName="download"
              onClick={() =>
                void template()
                  .then((blob) => save(blob, 'carillon-template.csv'))
                  .catch(setProblem)
              }
            >
              {t('imports.template')}
            </Button>
          }
        >
          {t('imports.file')}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FileDropzone onChange={({ detail }) => take(detail.value)}>
          <div className="drop-inner">
            <SpaceBetween size="s" alignItems="center">
              <Box variant="p" color="text-body-secondary">
                {t('imports.drop')}
              </Box>
              <FileInput accept={ACCEPTED} value={file ? [file] : []} onChange={({ detail }) => take(detail.value)}>
                {t('imports.choose')}
              </FileInput>
              <Box variant="small" color="text-body-secondary">
                {t('imports.file.hint')}
              </Box>
            </SpaceBetween>
          </div>
        </FileDropzone>
        {file && (
          <FileTokenGroup
            items={[{ file, errorText: trouble ? said(trouble) : null }]}
            showFileSize
            onDismiss={() => onFile(null)}
            i18nStrings={{
              removeFileAriaLabel: (_, name) => t('imports.file.remove', { name }),
              formatFileSize: format.bytes,
            }}
          />
        )}
        {file && sample && (
          <Alert type="success">
            {n('imports.file.columns', sample.headers.length)}{' '}
            {sample.complete ? n('imports.file.rows', sample.rows.length) : n('imports.file.firstRows', sample.rows.length)}
          </Alert>
        )}
        <ProblemAlert error={problem} />
      </SpaceBetween>
    </Container>
  );
}
