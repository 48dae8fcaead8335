import type { ImportOptions } from '../../shared/api/types';
import type { Field } from './columns';

export type FieldType = 'text' | 'number' | 'date' | 'bool';
export const TYPES: readonly FieldType[] = ['text', 'number', 'date', 'bool'];

/** What was chosen in the wizard, besides the file. */
export interface Choices {
  /** A field for every column. */
  fields: Field[];
  /** Types of custom fields that are not just text. */
  types: Readonly<Record<Field, FieldType>>;
  /** Fields whose empty values refuse the row. */
  required: readonly Field[];
  country: string | null;
  campaign: string | null;
  duplicates: NonNullable<ImportOptions['duplicates']>;
  acrossTenant: boolean;
  dryRun: boolean;
}

export const INITIAL: Choices = {
  fields: [],
  types: {},
  required: [],
  country: null,
  campaign: null,
  duplicates: 'skip',
  acrossTenant: false,
  dryRun: false,
};

export const isCustom = (field: Field): boolean => field.startsWith('custom:');

/** The name under which the importer knows what is expected of a field. */
const specName = (field: Field): string => field.replace(/^custom:/, '');

/** What is expected of the fields, as the API takes it: nothing where nothing was chosen. */
export function fieldSpecs({ fields, types, required }: Choices): NonNullable<ImportOptions['fields']> {
  return fields
    .filter((field) => field !== 'ignore' && field !== 'phone')
    .map((field) => ({ name: specName(field), kind: isCustom(field) ? (types[field] ?? 'text') : 'text', required: required.includes(field) }))
    .filter(({ kind, required: must }) => must || kind !== 'text');
}
