import type { suppressions as en } from '../en/suppressions';

export const suppressions: Record<keyof typeof en, string> = {};
