import Autosuggest from '@cloudscape-design/components/autosuggest';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';

interface Props {
  hint: string;
  groups: readonly string[];
  /** Those that there are. */
  known: readonly string[];
  error?: string;
  onChange: (groups: string[]) => void;
}

/** Teams, by the names that people give them: a name that is new is a new team. */
export function GroupsField({ hint, groups, known, error, onChange }: Props) {
  const { t } = useTexts();
  const [typed, setTyped] = useState('');
  const add = (name: string) => {
    const group = name.trim();
    if (group !== '' && !groups.includes(group)) {
      onChange([...groups, group]);
    }
    setTyped('');
  };
  return (
    <SpaceBetween size="xs">
      <FormField
        label={t('groups.title')}
        description={hint}
        errorText={error}
        secondaryControl={
          <Button disabled={typed.trim() === ''} onClick={() => add(typed)}>
            {t('action.add')}
          </Button>
        }
      >
        <Autosuggest
          value={typed}
          options={known.filter((group) => !groups.includes(group)).map((value) => ({ value }))}
          placeholder={t('groups.example')}
          enteredTextLabel={(value) => t('groups.take', { name: value })}
          onChange={({ detail }) => setTyped(detail.value)}
          onSelect={({ detail }) => add(detail.value)}
        />
      </FormField>
      {groups.length > 0 && (
        <TokenGroup
          items={groups.map((label) => ({ label, dismissLabel: t('groups.remove', { name: label }) }))}
          onDismiss={({ detail }) => onChange(groups.filter((_, at) => at !== detail.itemIndex))}
        />
      )}
    </SpaceBetween>
  );
}
