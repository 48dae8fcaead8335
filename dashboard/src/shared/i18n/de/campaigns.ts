import type { campaigns as en } from '../en/campaigns';

export const campaigns: Record<keyof typeof en, string> = {};
