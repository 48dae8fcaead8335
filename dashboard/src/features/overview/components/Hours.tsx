import { Link } from 'react-router';

import '../overview.css';
import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import type { Hour } from '../hours';

/** More columns than a narrow page has labels for. */
const MANY = 8;

/**
 * Calls by the hour in which they ended. Columns in a list rather than a chart, whose code the first page would have to
 * carry: each can be read, spoken, and followed to its calls.
 */
export function Hours({ hours }: { hours: readonly Hour[] }) {
  const { t, n, format } = useTexts();
  const may = useMay();
  const most = Math.max(1, ...hours.map(({ calls }) => calls));
  // Its number stands above the highest.
  const share = (count: number) => ({ blockSize: `calc((100% - 20px) * ${count / most})` });
  return (
    <div>
      <ol className={hours.length > MANY ? 'hours many' : 'hours'} aria-label={t('overview.hours')}>
        {hours.map(({ from, to, calls, answered }) => {
          const said = n('overview.hour', calls, { at: format.hour(from), answered: format.number(answered) });
          const column = (
            <span className="column" aria-hidden>
              {calls > 0 && <span className="count">{format.number(calls)}</span>}
              <span className="calls" style={share(calls)}>
                <span className="answered" style={{ blockSize: `${calls > 0 ? (100 * answered) / calls : 0}%` }} />
              </span>
            </span>
          );
          return (
            <li key={from.toISOString()} title={said}>
              {calls > 0 && may('list_calls') ? (
                <Link to={`/calls?from=${from.toISOString()}&to=${to.toISOString()}`} aria-label={said}>
                  {column}
                </Link>
              ) : (
                <>
                  {column}
                  <span className="said-only">{said}</span>
                </>
              )}
              <span className="hour" aria-hidden>
                {format.hour(from)}
              </span>
            </li>
          );
        })}
      </ol>
      <div className="hours-key" aria-hidden>
        <span className="of answered">{t('live.answerRate')}</span>
        <span className="of calls">{t('overview.hours.other')}</span>
      </div>
    </div>
  );
}
