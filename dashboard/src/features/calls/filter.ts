import { OUTCOMES } from '../../shared/ui/outcomes';
import type { CallFilter } from './api';

const instant = (text: string | null): string | undefined => {
  const at = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};

/** What the address asks for; what it says that is nonsense is left out. */
export function filterOf(search: URLSearchParams): CallFilter {
  const answered = search.get('answered');
  return {
    campaign: search.get('campaign') ?? undefined,
    contact: search.get('contact') ?? undefined,
    outcome: OUTCOMES.find((one) => one === search.get('outcome')),
    answered: answered === 'true' ? true : answered === 'false' ? false : undefined,
    from: instant(search.get('from')),
    to: instant(search.get('to')),
  };
}

export const isFiltered = (filter: CallFilter): boolean => Object.values(filter).some((value) => value !== undefined);
