import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import { useTexts } from '../i18n';
import { dayText, DAYS, parseDay, type Day, type Week } from './week';
import { dayName } from './words';

/** The same hours to the minute, as text. What cannot be read stays as it was typed, with a complaint. */
export function ExactTimes({ week, onChange }: { week: Week; onChange: (week: Week) => void }) {
  const texts = useTexts();
  const { t } = texts;
  const [typed, setTyped] = useState<Partial<Record<Day, string>>>({});
  return (
    <ColumnLayout columns={2}>
      {DAYS.map((day) => {
        const text = typed[day];
        const isWrong = text !== undefined && parseDay(text) === null;
        return (
          <FormField key={day} label={dayName(day, texts)} errorText={isWrong ? t('times.exact.wrong') : undefined}>
            <Input
              value={text ?? dayText(week[day])}
              placeholder={t('week.closed')}
              onChange={({ detail }) => {
                setTyped({ ...typed, [day]: detail.value });
                const intervals = parseDay(detail.value);
                if (intervals) {
                  onChange({ ...week, [day]: intervals });
                }
              }}
              onBlur={() => !isWrong && setTyped({ ...typed, [day]: undefined })}
            />
          </FormField>
        );
      })}
    </ColumnLayout>
  );
}
