import type { Contact } from '../../shared/api/types';

type Named = Pick<Contact, 'first_name' | 'last_name' | 'company' | 'phone'>;

/** What to call a contact by: the person, or else the company, or else the number. */
export function nameOf({ first_name, last_name, company, phone }: Named): string {
  const words = [first_name, last_name].map((part) => part?.trim()).filter(Boolean);
  return words.join(' ') || company?.trim() || phone;
}
