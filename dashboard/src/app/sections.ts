import type { MessageKey } from '../shared/i18n/en';

interface Section {
  path: string;
  title: MessageKey;
  /** The operation that its first request is; without it the section is neither shown nor opened. */
  operation: string | null;
}

/** The navigation, and who sees what of it. What the API cannot do yet has no place here. */
export const sections: readonly Section[] = [
  { path: '/', title: 'nav.overview', operation: null },
  { path: '/desk', title: 'nav.desk', operation: 'set_my_state' },
  { path: '/campaigns', title: 'nav.campaigns', operation: 'list_campaigns' },
  { path: '/calls', title: 'nav.calls', operation: 'list_calls' },
  { path: '/leads', title: 'nav.leads', operation: 'list_calls' },
  { path: '/contacts', title: 'nav.contacts', operation: 'list_contacts' },
  { path: '/imports', title: 'nav.imports', operation: 'list_imports' },
  { path: '/suppressions', title: 'nav.suppressions', operation: 'list_suppressions' },
  { path: '/agents', title: 'nav.agents', operation: 'list_agents' },
  { path: '/settings', title: 'nav.settings', operation: 'read_settings' },
  { path: '/users', title: 'nav.users', operation: 'list_users' },
  { path: '/tenants', title: 'nav.tenants', operation: 'list_tenants' },
];
