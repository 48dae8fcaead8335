import type { tenants as en } from '../en/tenants';

export const tenants: Record<keyof typeof en, string> = {
  'tenants.new': 'Neuer Mandant',
  'tenants.hint': 'Eine Organisation mit eigenen Kontakten, Kampagnen und Benutzern. Niemand sieht etwas von einer anderen.',
  'tenants.id': 'Kennung',
  'tenants.id.hint': 'Sie bleibt für immer: Kleinbuchstaben, Ziffern, - und _, zuerst ein Buchstabe.',
  'tenants.id.wrong': 'Kleinbuchstaben, Ziffern, - und _, zuerst ein Buchstabe.',
  'tenants.name': 'Name',
  'tenants.timezone': 'Zeitzone',
  'tenants.country': 'Land von Nummern ohne Ländervorwahl',
  'tenants.created': 'Mandant „{name}“ wurde angelegt.',
  'tenants.since': 'Angelegt',
  'tenants.create': 'Mandant anlegen',
  'tenants.country.short': 'Land',
  'tenants.action': 'Aktionen',
  'tenants.enter': 'Darin handeln',
  'tenants.enter.of': 'In {name} handeln',
  'tenants.here': 'Sie sind hier',
  'tenants.empty': 'Noch keine Mandanten',
  'tenants.none': 'Keines',
};
