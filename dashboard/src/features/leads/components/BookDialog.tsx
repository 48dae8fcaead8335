import Box from '@cloudscape-design/components/box';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import TimeInput from '@cloudscape-design/components/time-input';
import { useState } from 'react';

import { newKey } from '../../../shared/api/client';
import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { save } from '../../../shared/save';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useUnsaved } from '../../../shared/ui/useUnsaved';
import { useWriteDown } from '../api';
import { icsOf } from '../ics';
import type { Call } from '../leads';

const LENGTHS = [15, 30, 45, 60, 90, 120] as const;

interface Props {
  lead: Call;
  onClose: () => void;
}

/** An appointment: written down on the contact, and handed over as a file for the reader's own calendar. */
export function BookDialog({ lead, onClose }: Props) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const { done } = useNotices();
  const write = useWriteDown(lead.contact);
  const name = lead.name ?? lead.to;
  const [title, setTitle] = useState(() => t('leads.book.with', { name }));
  const [date, setDate] = useState('');
  const [time, setTime] = useState('');
  const [minutes, setMinutes] = useState<number>(30);
  const [place, setPlace] = useState('');
  const [text, setText] = useState('');
  const [key, setKey] = useState(newKey);
  const [tried, setTried] = useState(false);
  const [opened] = useState(() => Date.now());
  useUnsaved(date !== '' || text !== '');
  /** Another content is another note. */
  const take = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setKey(newKey());
  };

  // By the clock of this computer, which is the reader's calendar's as well.
  const at = new Date(`${date}T${/^\d\d:\d\d$/.test(time) ? time : 'x'}`);
  const isThen = !Number.isNaN(at.getTime());
  const isPast = isThen && at.getTime() < opened;
  const needed = (isMissing: boolean) => (tried && isMissing ? t('field.required') : undefined);

  const book = async () => {
    setTried(true);
    if (!isThen || isPast || title.trim() === '') {
      return;
    }
    const start = at.toISOString();
    const lines = [t('leads.book.note', { at: format.dateTime(start, undefined), title: title.trim() }), place.trim(), text.trim()];
    if (may('create_note')) {
      await write.mutateAsync({ text: lines.filter(Boolean).join('\n'), key });
    }
    const description = [`${name}, ${lead.to}`, `${location.origin}/contacts/${lead.contact}`, text.trim()].filter(Boolean).join('\n');
    const file = icsOf({ id: key, title: title.trim(), description, place: place.trim(), start, minutes, now: new Date().toISOString() });
    save(new Blob([file], { type: 'text/calendar;charset=utf-8' }), 'appointment.ics');
    done(t('leads.booked'));
    onClose();
  };
  return (
    <Confirm
      title={t('leads.book')}
      verb={t('leads.book.go')}
      busy={write.isPending}
      error={write.error}
      onConfirm={() => void book().catch(() => undefined)}
      onCancel={onClose}
    >
      <Box variant="p">{t('leads.book.text')}</Box>
      <FormField label={t('leads.book.title')} errorText={needed(title.trim() === '')}>
        <Input value={title} onChange={({ detail }) => take(setTitle)(detail.value)} />
      </FormField>
      <div className="when">
        <FormField label={t('leads.book.date')} errorText={needed(date === '') ?? (isPast ? t('leads.book.past') : undefined)}>
          <DatePicker
            value={date}
            placeholder={t('field.date.format')}
            openCalendarAriaLabel={() => t('times.calendar')}
            isDateEnabled={(day) => day.getTime() > opened - 86_400_000}
            onChange={({ detail }) => take(setDate)(detail.value)}
          />
        </FormField>
        <FormField label={t('leads.book.time')} errorText={needed(date !== '' && !isThen)}>
          <TimeInput value={time} format="hh:mm" placeholder="hh:mm" use24Hour onChange={({ detail }) => take(setTime)(detail.value)} />
        </FormField>
        <FormField label={t('leads.book.length')}>
          <Select
            selectedOption={{ value: String(minutes), label: n('leads.book.minutes', minutes) }}
            options={LENGTHS.map((length) => ({ value: String(length), label: n('leads.book.minutes', length) }))}
            onChange={({ detail }) => take(setMinutes)(Number(detail.selectedOption.value))}
          />
        </FormField>
      </div>
      <FormField label={<>{t('leads.book.place')} <i>– {t('field.optional')}</i></>}>
        <Input value={place} onChange={({ detail }) => take(setPlace)(detail.value)} />
      </FormField>
      <FormField label={<>{t('leads.agreed')} <i>– {t('field.optional')}</i></>} stretch>
        <Textarea value={text} rows={3} nativeTextareaAttributes={{ maxLength: 2_000 }} onChange={({ detail }) => take(setText)(detail.value)} />
      </FormField>
    </Confirm>
  );
}
