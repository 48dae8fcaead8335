import type { Contact } from '../../shared/api/types';

type Named = Pick<Contact, 'first_name' | 'last_name' | 'company' | 'phone'>;

/** Blank to a person, though not to `trim`: format characters, fillers, the empty braille cell. */
const BLANK = '[\\s\\p{C}\\u115f\\u1160\\u2800\\u3164\\uffa0]+';
const BLANKS = new RegExp(`^${BLANK}|${BLANK}$`, 'gu');

/** A text without blanks at either end, of the kinds too that nobody sees and spreadsheets are full of. */
export const visible = (text: string | null | undefined): string => (text ?? '').replace(BLANKS, '');

/** What to call a contact by: the person, or else the company, or else the number. */
export function nameOf({ first_name, last_name, company, phone }: Named): string {
  return [first_name, last_name].map(visible).filter(Boolean).join(' ') || visible(company) || phone;
}
