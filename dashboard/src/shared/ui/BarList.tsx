import './bars.css';

import type { ReactNode } from 'react';

import { useTexts } from '../i18n';
import { PageLink } from './links';

/** How good it is that there is much of it. */
export type Tone = 'good' | 'fair' | 'quiet' | 'bad';

export interface Bar {
  key: string;
  label: ReactNode;
  value: number;
  tone?: Tone;
  /** The list of what is counted here. */
  href?: string;
}

interface Props {
  bars: readonly Bar[];
  /** What counts as all. */
  whole: number;
  label: string;
  /** Side by side, where there is room. */
  columns?: boolean;
}

/** A bar chart as a list: every number can be read, spoken, and followed to what it counts. */
export function BarList({ bars, whole, label, columns = false }: Props) {
  const { format } = useTexts();
  return (
    <ul className={columns ? 'bars columns' : 'bars'} aria-label={label}>
      {bars.map(({ key, label: name, value, tone, href }) => {
        const share = whole > 0 ? (100 * value) / whole : 0;
        return (
          <li key={key}>
            <div className="bar-line">
              {href && value > 0 ? <PageLink href={href}>{name}</PageLink> : <span>{name}</span>}
              <span className="figure">
                {format.number(value)} <span className="share">{whole > 0 ? format.percent(share) : ''}</span>
              </span>
            </div>
            <div className="bar-track" aria-hidden>
              {value > 0 && <div className={`bar-fill ${tone ?? 'fair'}`} style={{ inlineSize: `${share}%` }} />}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
