import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

import { useTexts } from '../i18n';

interface Props {
  text: string;
  /** What the button does, if "Copy" does not say enough. */
  label?: string;
}

/** A text with a button that copies it. */
export function Copyable({ text, label }: Props) {
  const { t } = useTexts();
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={label ?? t('action.copy')}
      copySuccessText={t('action.copied')}
      copyErrorText={t('action.copy.failed')}
    />
  );
}
