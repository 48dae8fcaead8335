/** Tenants, for those who operate the installation. */
export const tenants = {
  'tenants.new': 'New tenant',
  'tenants.hint': 'An organisation with its own contacts, campaigns and users. Nobody sees anything of another.',
  'tenants.id': 'Id',
  'tenants.id.hint': 'It stays for good: small letters, digits, - and _, a letter first.',
  'tenants.id.wrong': 'Small letters, digits, - and _, a letter first.',
  'tenants.name': 'Name',
  'tenants.timezone': 'Timezone',
  'tenants.country': 'Country of numbers without a country code',
  'tenants.created': 'Tenant “{name}” has been created.',
  'tenants.since': 'Created',
  'tenants.create': 'Create the tenant',
  'tenants.find': 'Find a tenant',
  'tenants.find.go': 'Find',
  'tenants.find.hint': 'By its id.',
  'tenants.none': 'None',
} as const;
