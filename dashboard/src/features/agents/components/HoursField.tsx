import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';

import { useTexts } from '../../../shared/i18n';
import { ExactTimes } from '../../../shared/week/ExactTimes';
import type { Week } from '../../../shared/week/week';
import { WeekGrid } from '../../../shared/week/WeekGrid';
import { weekWords } from '../../../shared/week/words';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));

interface Props {
  /** What has them: `hours.queue` or `hours.agent` of the catalogue. */
  of: 'queue' | 'agent';
  on: boolean;
  week: Week;
  timezone: string;
  error?: string;
  onChange: (part: { hasHours?: boolean; week?: Week; timezone?: string }) => void;
}

/** Hours of the week, if there are any: without them it is always. */
export function HoursField({ of, on, week, timezone, error, onChange }: Props) {
  const texts = useTexts();
  const { t } = texts;
  return (
    <SpaceBetween size="m">
      <FormField label={t('hours.zone')}>
        <Select
          selectedOption={{ value: timezone, label: timezone.replaceAll('_', ' ') }}
          options={ZONES}
          filteringType="auto"
          virtualScroll
          empty={t('times.zone.none')}
          onChange={({ detail }) => onChange({ timezone: detail.selectedOption.value ?? timezone })}
        />
      </FormField>
      <Toggle checked={on} onChange={({ detail }) => onChange({ hasHours: detail.checked })} description={t(`hours.${of}.hint`)}>
        {t(`hours.${of}`)}
      </Toggle>
      {on && (
        <FormField stretch errorText={error} label={t('hours.week')} constraintText={weekWords(week, texts) || t('times.never')}>
          <WeekGrid week={week} onChange={(painted) => onChange({ week: painted })} label={t('hours.week')} />
        </FormField>
      )}
      {on && (
        <ExpandableSection headerText={t('times.exact')} headerDescription={t('times.exact.hint')}>
          <ExactTimes week={week} onChange={(typed) => onChange({ week: typed })} />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}
