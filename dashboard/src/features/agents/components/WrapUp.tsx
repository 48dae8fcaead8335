import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';
import { useState } from 'react';

import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useAtDesk, type QueuePlan } from '../api';
import { dispositionsOf } from '../dispositions';

interface Props {
  call: string;
  plan: QueuePlan | undefined;
  /** What was said of it already. */
  said: string | null;
}

/** How a call went: while it lasts, and for a while afterwards. */
export function WrapUp({ call, plan, said }: Props) {
  const texts = useTexts();
  const { t } = texts;
  const { wrapUp } = useAtDesk();
  const [code, setCode] = useState(said ?? '');
  const [date, setDate] = useState('');
  const [time, setTime] = useState('');
  const [tried, setTried] = useState(false);
  const known = dispositionsOf(plan, texts);
  const chosen = known.find((one) => one.code === code);
  const isCallback = chosen?.means === 'callback';
  const at = new Date(`${date}T${/^\d\d:\d\d$/.test(time) ? time : 'x'}`);
  const isThen = !Number.isNaN(at.getTime());
  const problem = wrapUp.error ? asProblem(wrapUp.error) : null;
  const save = (ready: boolean) => {
    setTried(true);
    if (chosen && (!isCallback || isThen)) {
      wrapUp.mutate({ call, disposition: chosen.code, call_back_at: isCallback ? at.toISOString() : null, ready });
    }
  };
  return (
    <SpaceBetween size="m">
      <FormField label={t('desk.disposition')} errorText={tried && !chosen ? t('field.required') : problem?.about('disposition')}>
        <Select
          selectedOption={chosen ? { value: chosen.code, label: chosen.label } : null}
          placeholder={t('desk.disposition.choose')}
          options={known.map(({ code: value, label }) => ({ value, label }))}
          onChange={({ detail }) => setCode(detail.selectedOption.value ?? '')}
        />
      </FormField>
      {isCallback && (
        <FormField
          label={t('desk.callback')}
          description={t('desk.callback.hint')}
          errorText={tried && !isThen ? t('field.required') : problem?.about('call_back_at')}
        >
          <SpaceBetween direction="horizontal" size="xs">
            <DatePicker value={date} placeholder={t('field.date.format')} ariaLabel={t('leads.book.date')} openCalendarAriaLabel={() => t('times.calendar')} onChange={({ detail }) => setDate(detail.value)} />
            <TimeInput value={time} ariaLabel={t('leads.book.time')} format="hh:mm" placeholder="hh:mm" use24Hour onChange={({ detail }) => setTime(detail.value)} />
          </SpaceBetween>
        </FormField>
      )}
      <ProblemAlert error={wrapUp.error} shown={['disposition', 'call_back_at']} />
      <SpaceBetween direction="horizontal" size="xs">
        <Button loading={wrapUp.isPending} onClick={() => save(false)}>
          {t('desk.wrapUp.save')}
        </Button>
        <Button variant="primary" loading={wrapUp.isPending} onClick={() => save(true)}>
          {t('desk.wrapUp.next')}
        </Button>
      </SpaceBetween>
      {said && <Box color="text-body-secondary">{t('desk.wrapUp.said', { said: known.find((one) => one.code === said)?.label ?? said })}</Box>}
    </SpaceBetween>
  );
}
