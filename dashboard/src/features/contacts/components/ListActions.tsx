import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRef, useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import type { Contact } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { save } from '../../../shared/save';
import { Confirm } from '../../../shared/ui/Confirm';
import { PageButton } from '../../../shared/ui/links';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useNarrow } from '../../../shared/ui/useNarrow';
import type { Question } from '../api';
import { exportCsv, useSegmentChanges, useSegments } from '../many';
import { ACTIONS, BulkDialog, type ActionName } from './BulkDialog';
import { EnrollDialog } from './EnrollDialog';
import { SegmentDialog } from './SegmentDialog';

interface Props {
  question: Question;
  selected: readonly Contact[];
  onDone: () => void;
  onSegment: (id: string) => void;
}

type Dialog = { bulk: ActionName } | 'save' | 'rename' | 'delete' | null;

/** What can be done with those that are picked, or with everybody in the segment that is open. */
export function ListActions({ question, selected, onDone, onSegment }: Props) {
  const { t, format } = useTexts();
  const may = useMay();
  const narrow = useNarrow();
  const { done } = useNotices();
  const segments = useSegments().data;
  const { remove } = useSegmentChanges();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [exported, setExported] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const stop = useRef<AbortController | null>(null);
  const segment = segments?.find(({ id }) => id === question.segment);
  const isAsked = question.q !== '' || question.tag !== '' || question.import !== '';
  const forSegment = selected.length === 0 && segment !== undefined && !isAsked;
  const nobody = selected.length === 0 && !forSegment;

  const runExport = async () => {
    const abort = new AbortController();
    stop.current = abort;
    setProblem(null);
    setExported(0);
    try {
      save(await exportCsv(question, setExported, abort.signal), 'contacts.csv');
    } catch (error) {
      if (!abort.signal.aborted) {
        setProblem(error);
      }
    } finally {
      setExported(null);
    }
  };

  const items: ButtonDropdownProps.ItemOrGroup[] = [];
  if (may('change_contacts')) {
    items.push(...ACTIONS.map((id) => ({ id, text: t(`contacts.bulk.${id}`), disabled: nobody })));
  } else if (may('enroll')) {
    items.push({ id: 'enroll', text: t('contacts.enroll'), disabled: selected.length === 0 });
  }
  if (may('create_segment') && isAsked && !segment) {
    items.push({ id: 'save', text: t('contacts.segment.save') });
  }
  if (segment && may('edit_segment')) {
    items.push({ id: 'rename', text: t('contacts.segment.rename') });
  }
  if (segment && may('delete_segment')) {
    items.push({ id: 'delete', text: t('contacts.segment.delete') });
  }
  if (may('export_contacts')) {
    items.push({ id: 'export', text: t('contacts.export'), iconName: 'download' });
  }
  if (narrow && may('create_import')) {
    items.push({ id: 'import', text: t('imports.new'), href: '/imports/new' });
  }
  const choose = (id: string) => {
    if (id === 'export') {
      void runExport();
    } else if (id === 'save' || id === 'rename' || id === 'delete') {
      setDialog(id);
    } else if (ACTIONS.some((name) => name === id)) {
      setDialog({ bulk: id as ActionName });
    }
  };
  const close = () => setDialog(null);
  const finish = () => {
    close();
    onDone();
  };
  const bulk = dialog !== null && typeof dialog === 'object' ? dialog.bulk : null;

  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        {exported !== null && (
          <>
            <span role="status">{t('contacts.exporting', { size: format.bytes(exported) })}</span>
            <Button variant="icon" iconName="close" ariaLabel={t('contacts.export.stop')} onClick={() => stop.current?.abort()} />
          </>
        )}
        {items.length > 0 && (
          <ButtonDropdown items={items} loading={exported !== null} onItemClick={({ detail }) => choose(detail.id)}>
            {t('contacts.actions')}
          </ButtonDropdown>
        )}
        {may('create_import') && !narrow && <PageButton href="/imports/new">{t('imports.new')}</PageButton>}
        {may('create_contact') && (
          <PageButton href="/contacts/new" variant="primary">
            {t('contacts.add')}
          </PageButton>
        )}
      </SpaceBetween>
      <ProblemAlert error={problem} />
      {bulk === 'enroll' && !forSegment && <EnrollDialog contacts={selected.map(({ id }) => id)} onDone={finish} onCancel={close} />}
      {bulk && (bulk !== 'enroll' || forSegment) && (
        <BulkDialog
          name={bulk}
          whom={forSegment ? { segment: segment.id } : { contacts: selected.map(({ id }) => id) }}
          count={forSegment ? null : selected.length}
          segment={segment?.name ?? null}
          onDone={finish}
          onCancel={close}
        />
      )}
      {dialog === 'save' && (
        <SegmentDialog
          of={{ filter: { q: question.q || null, tag: question.tag || null, import: question.import || null } }}
          onCancel={close}
          onDone={({ id }) => {
            close();
            onSegment(id);
          }}
        />
      )}
      {dialog === 'rename' && segment && <SegmentDialog of={{ segment }} onCancel={close} onDone={close} />}
      {dialog === 'delete' && segment && (
        <Confirm
          title={t('contacts.segment.delete.title', { name: segment.name })}
          verb={t('action.delete')}
          busy={remove.isPending}
          error={remove.error}
          onCancel={close}
          onConfirm={() =>
            remove.mutate(segment, {
              onSuccess: () => {
                done(t('contacts.segment.deleted', { name: segment.name }));
                close();
                onSegment('');
              },
            })
          }
        >
          <Box variant="p">{t('contacts.segment.delete.text')}</Box>
        </Confirm>
      )}
    </SpaceBetween>
  );
}
