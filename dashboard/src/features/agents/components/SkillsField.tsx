import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';

import { useTexts } from '../../../shared/i18n';
import { SKILL_LEVEL_MAX, type Skill } from '../queue';

interface Props {
  skills: readonly Skill[];
  onChange: (skills: Skill[]) => void;
  empty: string;
}

/** What agents can do, and queues ask for: each from 1 to 5. */
export function SkillsField({ skills, onChange, empty }: Props) {
  const { t, format } = useTexts();
  const set = (index: number, part: Partial<Skill>) => onChange(skills.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const levels = Array.from({ length: SKILL_LEVEL_MAX }, (_, at) => ({ value: String(at + 1), label: format.number(at + 1) }));
  return (
    <AttributeEditor
      items={skills}
      empty={empty}
      addButtonText={t('skills.add')}
      removeButtonText={t('action.remove')}
      onAddButtonClick={() => onChange([...skills, { name: '', level: 1 }])}
      onRemoveButtonClick={({ detail }) => onChange(skills.filter((_, at) => at !== detail.itemIndex))}
      definition={[
        {
          label: t('skills.name'),
          control: ({ name }, index) => <Input value={name} placeholder={t('skills.name.example')} ariaLabel={t('skills.name')} onChange={({ detail }) => set(index, { name: detail.value })} />,
        },
        {
          label: t('skills.level'),
          control: ({ level }, index) => (
            <Select
              selectedOption={levels[level - 1] ?? null}
              options={levels}
              ariaLabel={t('skills.level')}
              onChange={({ detail }) => set(index, { level: Number(detail.selectedOption.value) })}
            />
          ),
        },
      ]}
    />
  );
}
