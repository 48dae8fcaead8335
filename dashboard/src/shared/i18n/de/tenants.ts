import type { tenants as en } from '../en/tenants';

export const tenants: Record<keyof typeof en, string> = {};
