import type { AgentProfile } from './api';

/** The telephone at which an agent is reached; empty for one who is reached otherwise. */
export function numberOf({ reach }: AgentProfile): string {
  const { by, number } = (reach ?? {}) as { by?: unknown; number?: unknown };
  return by === 'phone' && typeof number === 'string' ? number : '';
}
