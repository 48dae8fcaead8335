import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';

interface Props {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
  /** For the input; given by the form field around it. */
  controlId?: string;
}

/** Words, added by Enter or a comma, as people write lists. */
export function TagInput({ tags, onChange, controlId }: Props) {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const add = (given: string) => {
    const fresh = given.split(',').map((word) => word.trim()).filter(Boolean);
    if (fresh.length > 0) {
      onChange([...new Set([...tags, ...fresh])]);
    }
    setText('');
  };
  return (
    <SpaceBetween size="xs">
      <div className="with-button">
        <Input
          value={text}
          controlId={controlId}
          placeholder={t('contacts.tags.placeholder')}
          onChange={({ detail }) => (detail.value.includes(',') ? add(detail.value) : setText(detail.value))}
          onBlur={() => add(text)}
          onKeyDown={(event) => {
            if (event.detail.key === 'Enter') {
              event.preventDefault();
              add(text);
            }
          }}
        />
        <Button formAction="none" disabled={text.trim() === ''} onClick={() => add(text)}>
          {t('action.add')}
        </Button>
      </div>
      {tags.length > 0 && (
        <TokenGroup
          items={tags.map((tag) => ({ label: tag, dismissLabel: t('contacts.tags.remove', { tag }) }))}
          onDismiss={({ detail }) => onChange(tags.filter((_, at) => at !== detail.itemIndex))}
        />
      )}
    </SpaceBetween>
  );
}
