import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import DatePicker from '@cloudscape-design/components/date-picker';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';
import Toggle from '@cloudscape-design/components/toggle';

import { useTexts } from '../../../shared/i18n';
import type { PlanForm } from '../form';
import { DAYS, emptyWeek, openHours, type Day, type Interval, type Week } from '../../../shared/week/week';
import { localOf } from '../zoned';
import type { StepProps } from './step';
import { WeekGrid, WeekLegend } from '../../../shared/week/WeekGrid';
import { ExactTimes } from '../../../shared/week/ExactTimes';
import { weekWords } from '../../../shared/week/words';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value, label: value.replaceAll('_', ' ') }));

function hours(days: readonly Day[], from: number, to: number): Week {
  const week = emptyWeek();
  for (const day of days) {
    week[day] = [[from * 60, to * 60]];
  }
  return week;
}

const PRESETS = {
  office: hours(DAYS.slice(0, 5), 9, 18),
  evenings: hours(DAYS.slice(0, 5), 17, 20),
  withSaturday: { ...hours(DAYS.slice(0, 5), 9, 18), sat: [[10 * 60, 14 * 60]] as Interval[] },
  empty: emptyWeek(),
} satisfies Record<string, Week>;

/** When the campaign begins and ends, and at which hours of the week people may be called. */
export function TimesStep({ form, change, fault }: StepProps) {
  const texts = useTexts();
  const { t, n } = texts;
  const moment = (key: 'start' | 'end', field: string, on: string, off: string) => {
    const value = form[key];
    const begin = () => localOf(new Date(Date.now() + (key === 'start' ? 1 : 14) * 86_400_000).toISOString(), form.timezone || 'UTC').date;
    return (
      <SpaceBetween size="xs">
        <Toggle
          checked={value !== null}
          onChange={({ detail }) =>
            change({ [key]: detail.checked ? { date: begin(), time: key === 'start' ? '09:00' : '18:00' } : null } as Partial<PlanForm>)
          }
          description={value === null ? off : undefined}
        >
          {on}
        </Toggle>
        {value && (
          <FormField errorText={fault(field)} label={t(`times.${key}`)}>
            <SpaceBetween direction="horizontal" size="xs">
              <DatePicker
                placeholder={t('field.date.format')}
                value={value.date}
                ariaLabel={t('times.date')}
                openCalendarAriaLabel={(chosen) => (chosen ? t('times.calendar.chosen', { date: chosen }) : t('times.calendar'))}
                onChange={({ detail }) => change({ [key]: { ...value, date: detail.value } } as Partial<PlanForm>)}
              />
              <TimeInput
                value={value.time}
                format="hh:mm"
                placeholder="hh:mm"
                ariaLabel={t('times.time')}
                onChange={({ detail }) => change({ [key]: { ...value, time: detail.value } } as Partial<PlanForm>)}
              />
            </SpaceBetween>
          </FormField>
        )}
      </SpaceBetween>
    );
  };
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description={t('times.window.hint')}>{t('plan.window')}</Header>}>
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="xs">
            {(Object.keys(PRESETS) as (keyof typeof PRESETS)[]).map((name) => (
              <Button key={name} onClick={() => change({ week: PRESETS[name] })}>
                {t(`times.preset.${name}`)}
              </Button>
            ))}
          </SpaceBetween>
          <FormField
            stretch
            errorText={fault('window')}
            label={t('times.grid')}
            constraintText={`${weekWords(form.week, texts) || t('times.never')} · ${n('times.hours', Math.round(openHours(form.week) * 10) / 10)}`}
          >
            <WeekGrid week={form.week} onChange={(week) => change({ week })} label={t('plan.window')} />
          </FormField>
          <WeekLegend barred={false} />
          <ExpandableSection headerText={t('times.exact')} headerDescription={t('times.exact.hint')}>
            <ExactTimes week={form.week} onChange={(week) => change({ week })} />
          </ExpandableSection>
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{t('times.dates')}</Header>}>
        <SpaceBetween size="l">
          <FormField label={t('plan.timezone')} description={t('plan.timezone.hint')} errorText={fault('timezone')}>
            <Select
              selectedOption={form.timezone ? { value: form.timezone, label: form.timezone.replaceAll('_', ' ') } : null}
              options={ZONES}
              filteringType="auto"
              virtualScroll
              empty={t('times.zone.none')}
              onChange={({ detail }) => change({ timezone: detail.selectedOption.value ?? form.timezone })}
            />
          </FormField>
          <ColumnLayout columns={2}>
            {moment('start', 'start_at', t('times.startLater'), t('plan.start.atOnce'))}
            {moment('end', 'end_at', t('times.endOn'), t('plan.end.never'))}
          </ColumnLayout>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
