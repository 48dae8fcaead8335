import type { AgentProfile } from './api';

/** The telephone at which an agent is reached; empty for one who is reached otherwise. */
export function numberOf({ reach }: AgentProfile): string {
  const { by, number } = (reach ?? {}) as { by?: unknown; number?: unknown };
  return by === 'phone' && typeof number === 'string' ? number : '';
}

/** A number as it is typed, without what people put between its digits. */
export const phoneOf = (typed: string): string => typed.replace(/[\s/()-]/g, '');

export const isPhone = (typed: string): boolean => /^\+[1-9]\d{6,14}$/.test(phoneOf(typed));
