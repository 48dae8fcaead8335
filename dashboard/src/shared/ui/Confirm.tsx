import Button from '@cloudscape-design/components/button';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { useTexts } from '../i18n';
import { ProblemAlert } from './ProblemAlert';

interface Props {
  title: string;
  children: ReactNode;
  /** The verb on the button. */
  verb: string;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onCancel: () => void;
  /** For a form that needs the room. */
  size?: ModalProps.Size;
}

/** Asks before what cannot be taken back, or is a form of a few fields. */
export function Confirm({ title, children, verb, busy, error, onConfirm, onCancel, size }: Props) {
  const { t } = useTexts();
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onCancel}
      footer={
        <div className="buttons">
          <Button variant="link" onClick={onCancel}>
            {t('action.cancel')}
          </Button>
          <Button variant="primary" loading={busy} onClick={onConfirm}>
            {verb}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ProblemAlert error={error} />
      </SpaceBetween>
    </Modal>
  );
}
