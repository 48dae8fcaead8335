import type { components } from '../../shared/api/schema';

export type Call = components['schemas']['Call'];
type Handled = components['schemas']['Handled'];

const STATES = ['open', 'handled', 'all'] as const;
export type LeadState = (typeof STATES)[number];
export { STATES };

/** The newest call in which somebody showed interest. */
export interface Lead extends Call {
  /** This call and older ones of the same person on the page, those that nobody has taken care of. */
  waiting: readonly string[];
}

export interface LeadPage {
  items: readonly Lead[];
  next_cursor?: string | null;
}

/** Which ones the address asks for: those that somebody has to take care of, unless it says otherwise. */
export const stateOf = (search: URLSearchParams): LeadState => STATES.find((state) => state === search.get('state')) ?? 'open';

/** A person is one lead, however often they have said so. */
export function grouped(calls: readonly Call[]): Lead[] {
  const people = new Map<string, Lead>();
  for (const call of calls) {
    const waits = call.handled ? [] : [call.id];
    const known = people.get(call.contact);
    people.set(call.contact, known ? { ...known, waiting: [...known.waiting, ...waits] } : { ...call, waiting: waits });
  }
  return [...people.values()];
}

/** The page with these calls marked, or no longer marked; without those that no longer belong to it. */
export function marked(page: LeadPage, state: LeadState, calls: readonly string[], handled: Handled | null): LeadPage {
  const mark = (lead: Lead): Lead => {
    if (!calls.includes(lead.id) && !lead.waiting.some((call) => calls.includes(call))) {
      return lead;
    }
    const others = lead.waiting.filter((call) => !calls.includes(call));
    return calls.includes(lead.id) ? { ...lead, handled, waiting: handled ? others : [lead.id, ...others] } : { ...lead, waiting: others };
  };
  const belongs = (lead: Lead) => state === 'all' || (state === 'handled') === Boolean(lead.handled);
  return { ...page, items: page.items.map(mark).filter(belongs) };
}
