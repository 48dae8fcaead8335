import type { ConsentGiven, Contact, ContactPatch, NewContact } from '../../shared/api/types';

/** The texts of a contact that people type. */
export const TEXTS = ['first_name', 'last_name', 'company', 'email', 'locale', 'external_id', 'timezone'] as const;
export type TextField = (typeof TEXTS)[number];

export interface CustomField {
  name: string;
  value: string;
}

/** What stands in the form. */
export interface Values extends Record<TextField, string> {
  tags: readonly string[];
  custom: readonly CustomField[];
}

export const EMPTY: Values = {
  first_name: '',
  last_name: '',
  company: '',
  email: '',
  locale: '',
  external_id: '',
  timezone: '',
  tags: [],
  custom: [],
};

export function valuesOf(contact: Contact): Values {
  return {
    first_name: contact.first_name ?? '',
    last_name: contact.last_name ?? '',
    company: contact.company ?? '',
    email: contact.email ?? '',
    locale: contact.locale ?? '',
    external_id: contact.external_id ?? '',
    // Where the number leaves several zones open, nobody has said which it is.
    timezone: contact.zones.length === 1 ? (contact.zones[0] ?? '') : '',
    tags: contact.tags,
    custom: Object.entries(contact.custom).map(([name, value]) => ({ name, value })),
  };
}

const record = (custom: readonly CustomField[]): Record<string, string> =>
  Object.fromEntries(custom.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const sorted = (tags: readonly string[]): string[] => [...tags].sort();

/** What is different, for the API: nothing that was not touched, and `null` for what was emptied. */
export function patchOf(before: Values, now: Values): ContactPatch {
  const patch: ContactPatch = {};
  for (const field of TEXTS) {
    const value = now[field].trim();
    if (value !== before[field]) {
      if (field !== 'timezone') {
        patch[field] = value === '' ? null : value;
      } else if (value !== '') {
        patch.timezone = value;
      }
    }
  }
  if (!same(sorted(before.tags), sorted(now.tags))) {
    patch.tags = [...now.tags];
  }
  const [old, fresh] = [record(before.custom), record(now.custom)];
  const changes = [...new Set([...Object.keys(old), ...Object.keys(fresh)])]
    .filter((name) => old[name] !== fresh[name])
    .map((name): [string, string | null] => [name, fresh[name] ?? null]);
  if (changes.length > 0) {
    patch.custom = Object.fromEntries(changes);
  }
  return patch;
}

export function toNew(phone: string, country: string | null, values: Values, consents: readonly ConsentGiven[]): NewContact {
  const texts = Object.fromEntries(TEXTS.map((field) => [field, values[field].trim() || null]));
  return { phone, country, ...texts, tags: [...values.tags], custom: record(values.custom), consents: [...consents] };
}

/** A field that somebody else has changed while it stood in the form. */
export interface Foreign {
  field: TextField | 'tags' | 'custom';
  /** What it is now. */
  theirs: string;
  /** Whether it was changed here as well: then what was typed here stands, and saving overwrites theirs. */
  clash: boolean;
}

const shown = (values: Values, field: Foreign['field']): string =>
  field === 'tags'
    ? sorted(values.tags).join(', ')
    : field === 'custom'
      ? values.custom.map(({ name, value }) => `${name}: ${value}`).join(', ')
      : values[field];

/**
 * Somebody else has saved meanwhile. Nothing that was typed is lost: what was changed here stays, what was not becomes what
 * they made of it, and the fields that they changed are named.
 */
export function rebase(base: Values, mine: Values, theirs: Values): { values: Values; foreign: Foreign[] } {
  const values = { ...mine };
  const foreign: Foreign[] = [];
  for (const field of TEXTS) {
    if (theirs[field] !== base[field]) {
      const clash = mine[field].trim() !== base[field] && mine[field].trim() !== theirs[field];
      foreign.push({ field, theirs: theirs[field], clash });
      values[field] = clash ? mine[field] : theirs[field];
    }
  }
  for (const field of ['tags', 'custom'] as const) {
    const text = shown(theirs, field);
    if (text !== shown(base, field)) {
      const clash = shown(mine, field) !== shown(base, field) && shown(mine, field) !== text;
      foreign.push({ field, theirs: text, clash });
      if (!clash) {
        Object.assign(values, { [field]: theirs[field] });
      }
    }
  }
  return { values, foreign };
}
