import { useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import './week.css';
import { useTexts } from '../i18n';
import { useNarrow } from '../ui/useNarrow';
import { cell, clock, DAYS, intersection, paint, type Cell, type Week } from './week';
import { dayName } from './words';

interface Place {
  day: number;
  hour: number;
}

interface Stroke {
  from: Place;
  to: Place;
  open: boolean;
}

interface Props {
  week: Week;
  /** Without it the week is only shown. */
  onChange?: (week: Week) => void;
  /** What the rules leave of it, if that is known: what is open besides is shown as barred. */
  allowed?: Week | null;
  label: string;
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const same = (a: Place, b: Place): boolean => a.day === b.day && a.hour === b.hour;

/**
 * A week of hours to paint: with the mouse (drag), with a finger (tap, or drag sideways), and with the keyboard (arrows
 * move, with Shift they paint, Space turns one hour, Home and End go to the day's ends).
 */
export function WeekGrid({ week, onChange, allowed, label }: Props) {
  const texts = useTexts();
  const { t } = texts;
  const narrow = useNarrow();
  const hint = useId();
  const grid = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<Place>({ day: 0, hour: 9 });
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const shown = stroke ? paint(week, stroke.from, stroke.to, stroke.open) : week;
  const left = allowed ? intersection(shown, allowed) : null;
  const isOpen = (place: Place) => cell(week, DAYS[place.day] ?? 'mon', place.hour) === 'open';

  const focus = (place: Place) => {
    setAt(place);
    grid.current?.querySelector<HTMLElement>(`[data-day="${place.day}"][data-hour="${place.hour}"]`)?.focus();
  };
  const placeOf = (event: PointerEvent): Place | null => {
    // A captured pointer's target stays where it went down: what lies under it now has to be asked for.
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-hour]');
    return under && grid.current?.contains(under) ? { day: Number(under.dataset['day']), hour: Number(under.dataset['hour']) } : null;
  };
  const begin = (event: PointerEvent) => {
    const place = placeOf(event);
    if (!onChange || !place || event.button !== 0) {
      return;
    }
    grid.current?.setPointerCapture(event.pointerId);
    setStroke({ from: place, to: place, open: !isOpen(place) });
  };
  const move = (event: PointerEvent) => {
    const place = stroke && placeOf(event);
    if (stroke && place && !same(place, stroke.to)) {
      setStroke({ ...stroke, to: place });
    }
  };
  const end = () => {
    if (stroke) {
      setStroke(null);
      focus(stroke.to);
      onChange?.(paint(week, stroke.from, stroke.to, stroke.open));
    }
  };
  const type = (event: KeyboardEvent) => {
    const steps: Record<string, [days: number, hours: number]> = narrow
      ? { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
      : { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const step = steps[event.key];
    const clamp = (value: number, last: number) => Math.min(last, Math.max(0, value));
    if (step) {
      const next = { day: clamp(at.day + step[0], 6), hour: clamp(at.hour + step[1], 23) };
      if (event.shiftKey && onChange) {
        onChange(paint(week, at, next, isOpen(at)));
      }
      focus(next);
    } else if (event.key === 'Home' || event.key === 'End') {
      focus({ ...at, hour: event.key === 'Home' ? 0 : 23 });
    } else if ((event.key === ' ' || event.key === 'Enter') && onChange) {
      onChange(paint(week, at, at, !isOpen(at)));
    } else {
      return;
    }
    event.preventDefault();
  };

  /** All of a day, or an hour on every day: opened, unless all of it is open. */
  const turn = (from: Place, to: Place) => {
    const whole = DAYS.slice(from.day, to.day + 1).every((day) => HOURS.slice(from.hour, to.hour + 1).every((hour) => cell(week, day, hour) === 'open'));
    onChange?.(paint(week, from, to, !whole));
  };
  const head = (key: string, kind: 'day' | 'hour', name: string, label: string, from: Place, to: Place) => (
    <div key={key} role={(kind === 'day') === narrow ? 'columnheader' : 'rowheader'}>
      {onChange ? (
        <button type="button" className={`week-head ${kind}`} aria-label={label} onClick={() => turn(from, to)}>
          {name}
        </button>
      ) : (
        <div className={`week-head ${kind}`}>{name}</div>
      )}
    </div>
  );
  const dayHead = (day: number) => {
    const name = DAYS[day] ?? 'mon';
    const label = t('week.turnDay', { day: dayName(name, texts) });
    return head(`d${day}`, 'day', dayName(name, texts, narrow ? 'short' : 'long'), label, { day, hour: 0 }, { day, hour: 23 });
  };
  const hourHead = (hour: number) => {
    const label = t('week.turnHour', { hour: clock(hour * 60) });
    const name = narrow ? clock(hour * 60) : String(hour).padStart(2, '0');
    return head(`h${hour}`, 'hour', name, label, { day: 0, hour }, { day: 6, hour });
  };
  const square = (day: number, hour: number) => {
    const name = DAYS[day] ?? 'mon';
    const state: Cell = cell(shown, name, hour);
    const barred = state !== 'closed' && left !== null && cell(left, name, hour) !== state;
    const words = barred ? t('week.barred') : t(`week.${state}`);
    return (
      <div
        key={`${day}-${hour}`}
        role="gridcell"
        data-day={day}
        data-hour={hour}
        tabIndex={day === at.day && hour === at.hour ? 0 : -1}
        aria-selected={state === 'open'}
        aria-label={t('week.cell', { day: dayName(name, texts), from: clock(hour * 60), to: clock(hour * 60 + 60), state: words })}
        className={`week-cell ${barred ? 'barred' : state}`}
        onFocus={() => setAt({ day, hour })}
      />
    );
  };
  const days = DAYS.map((_, day) => day);
  return (
    <>
      <div
        ref={grid}
        role="grid"
        aria-label={label}
        aria-describedby={onChange ? hint : undefined}
        aria-readonly={!onChange}
        aria-multiselectable
        className={`week-grid ${narrow ? 'narrow' : 'wide'}${onChange ? '' : ' read-only'}`}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={() => setStroke(null)}
        onKeyDown={(event) => {
          if ((event.target as HTMLElement).role === 'gridcell') {
            type(event);
          }
        }}
      >
        <div role="row">
          <div role="columnheader">
            <span className="said-only">{t('week.corner')}</span>
          </div>
          {narrow ? days.map(dayHead) : HOURS.map(hourHead)}
        </div>
        {(narrow ? HOURS : days).map((line) => (
          <div role="row" key={line}>
            {narrow ? hourHead(line) : dayHead(line)}
            {narrow ? days.map((day) => square(day, line)) : HOURS.map((hour) => square(line, hour))}
          </div>
        ))}
      </div>
      {onChange && (
        <p id={hint} className="week-legend">
          {t(narrow ? 'week.hint.touch' : 'week.hint')}
        </p>
      )}
    </>
  );
}

export function WeekLegend({ barred }: { barred: boolean }) {
  const { t } = useTexts();
  return (
    <div className="week-legend" aria-hidden>
      <span>
        <i className="week-cell open" /> {t('week.open')}
      </span>
      <span>
        <i className="week-cell part" /> {t('week.part')}
      </span>
      <span>
        <i className="week-cell closed" /> {t('week.closed')}
      </span>
      {barred && (
        <span>
          <i className="week-cell barred" /> {t('week.barred')}
        </span>
      )}
    </div>
  );
}
