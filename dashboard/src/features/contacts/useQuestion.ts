import { useEffect, useEffectEvent, useState } from 'react';
import { useLocation, useNavigationType, useSearchParams } from 'react-router';

import { useLater } from '../../shared/ui/useLater';
import type { Question } from './api';

type Filter = 'tag' | 'import' | 'segment';

/** What the list is asked, kept in the address, so that a link says it and going back brings it back. */
export function useQuestion() {
  const [parameters, setParameters] = useSearchParams();
  const inAddress = parameters.get('q') ?? '';
  const [typed, setTyped] = useState(inAddress);
  const { key } = useLocation();
  const type = useNavigationType();
  const [seen, setSeen] = useState(key);
  if (seen !== key) {
    setSeen(key);
    // What is typed replaces the address. Anything else is a link or the way back, which say what is to be searched for.
    if (type !== 'REPLACE') {
      setTyped(inAddress);
    }
  }
  const settled = useLater(typed.trim(), 250);
  const write = useEffectEvent(() => {
    if (settled !== inAddress) {
      setParameters(
        (old) => {
          const fresh = new URLSearchParams(old);
          if (settled === '') {
            fresh.delete('q');
          } else {
            fresh.set('q', settled);
          }
          return fresh;
        },
        { replace: true },
      );
    }
  });
  useEffect(() => {
    write();
  }, [settled]);
  const of = (name: Filter) => parameters.get(name) ?? '';
  const question: Question & { segment: string } = { q: inAddress, tag: of('tag'), import: of('import'), segment: of('segment') };
  return {
    typed,
    setTyped,
    question,
    isAsked: Object.values(question).some(Boolean),
    /** Sets a filter, or takes it away with `''`; everything else stays. */
    filter: (name: Filter, value: string) =>
      setParameters((old) => {
        const fresh = new URLSearchParams(old);
        if (value === '') {
          fresh.delete(name);
        } else {
          fresh.set(name, value);
        }
        return fresh;
      }),
    /** Nothing but this segment; with `''` everybody. */
    open: (segment: string) => {
      setTyped('');
      setParameters(segment === '' ? {} : { segment });
    },
  };
}
