import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useTexts } from '../../../shared/i18n';
import { Copyable } from '../../../shared/ui/Copyable';

interface Props {
  title: string;
  text: string;
  secret: string;
  onClose: () => void;
}

/** Shows a secret this once. It is in no address and in nothing that the browser keeps. */
export function Secret({ title, text, secret, onClose }: Props) {
  const { t } = useTexts();
  return (
    <Modal
      visible
      header={title}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            {t('secret.kept')}
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{text}</Alert>
        <Copyable text={secret} />
      </SpaceBetween>
    </Modal>
  );
}
