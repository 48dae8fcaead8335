import type { QueryKey } from '@tanstack/react-query';

/** What the API says of itself, `POST /v1/live/tickets` describes it: what has changed, and not into what. */
export type News =
  | { type: 'campaign.changed' | 'counters.changed'; campaign: string }
  | { type: 'import.changed'; import: string }
  | { type: 'agent.changed'; agent: string }
  | { type: 'live_call.changed'; call: string };

/** `null` for what this page is too old to know. */
export function newsOf(text: string): News | null {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return null;
  }
  const { type, data } = (said ?? {}) as { type?: unknown; data?: Partial<Record<'campaign' | 'import' | 'agent' | 'call', unknown>> };
  if ((type === 'campaign.changed' || type === 'counters.changed') && typeof data?.campaign === 'string') {
    return { type, campaign: data.campaign };
  }
  if (type === 'import.changed' && typeof data?.import === 'string') {
    return { type, import: data.import };
  }
  if (type === 'agent.changed' && typeof data?.agent === 'string') {
    return { type, agent: data.agent };
  }
  return type === 'live_call.changed' && typeof data?.call === 'string' ? { type, call: data.call } : null;
}

/** What follows from the counters. The rest of a campaign stays as it is while it calls. */
const COUNTED: readonly unknown[] = ['progress', 'minutes', 'enrollments'];

/** Where agents stand: at the desk, in their list, on the board of what waits. */
const FLOOR: readonly unknown[] = ['me', 'list', 'board'];
/** What follows from calls: what waits, and what was left. */
const CALLED: readonly unknown[] = ['board', 'voicemails'];

/** Refused rows stay refused, and may have been typed over; the mapping of the last file is a suggestion. */
const KEPT: readonly unknown[] = ['rejects', 'remembered', 'own-country'];

/** Whether something that is shown may read differently now. */
export function concerns(news: News, key: QueryKey): boolean {
  const [what, part] = key;
  // Of the campaigns, those pages that are about this one, or about all of them.
  const ofThis = (id: string) => !key.some((one) => typeof one === 'string' && one.startsWith('cmp_') && one !== id);
  switch (news.type) {
    case 'campaign.changed':
      return what === 'overview' || (what === 'campaigns' && part !== 'minutes' && ofThis(news.campaign));
    case 'counters.changed':
      return what === 'overview' || what === 'calls' || what === 'leads' || (what === 'campaigns' && COUNTED.includes(part) && ofThis(news.campaign));
    case 'import.changed':
      return what === 'overview' || (what === 'imports' && !KEPT.includes(part) && (part !== 'one' || key[2] === news.import));
    case 'agent.changed':
      return what === 'agents' && FLOOR.includes(part);
    // Who has called before does not change while they talk.
    case 'live_call.changed':
      return what === 'agents' && (CALLED.includes(part) || (part === 'call' && key[2] === news.call));
  }
}

/** Whether anything at all could tell of changes to it: after a silence it is read again. */
export const mayChange = (key: QueryKey): boolean =>
  ['overview', 'calls', 'campaigns', 'leads'].includes(key[0] as string) ||
  (key[0] === 'imports' && !KEPT.includes(key[1])) ||
  (key[0] === 'agents' && (key[1] === 'call' || FLOOR.includes(key[1]) || CALLED.includes(key[1])));
