import type { contacts as en } from '../en/contacts';

export const contacts: Record<keyof typeof en, string> = {};
