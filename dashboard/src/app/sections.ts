import type { MessageKey } from '../shared/i18n/en';

interface Section {
  path: string;
  title: MessageKey;
  /** The operation that its first request is; without it the section is neither shown nor opened. */
  operation: string | null;
  /** What belongs together stands together. */
  group: 'now' | 'calling' | 'people' | 'floor' | 'house';
}

/** The navigation, and who sees what of it. What the API cannot do yet has no place here. */
export const sections: readonly Section[] = [
  { path: '/', title: 'nav.overview', operation: null, group: 'now' },
  { path: '/desk', title: 'nav.desk', operation: 'set_my_state', group: 'now' },
  { path: '/campaigns', title: 'nav.campaigns', operation: 'list_campaigns', group: 'calling' },
  { path: '/calls', title: 'nav.calls', operation: 'list_calls', group: 'calling' },
  { path: '/leads', title: 'nav.leads', operation: 'list_calls', group: 'calling' },
  { path: '/contacts', title: 'nav.contacts', operation: 'list_contacts', group: 'people' },
  { path: '/imports', title: 'nav.imports', operation: 'list_imports', group: 'people' },
  { path: '/suppressions', title: 'nav.suppressions', operation: 'list_suppressions', group: 'people' },
  { path: '/agents', title: 'nav.agents', operation: 'list_agents', group: 'floor' },
  { path: '/settings', title: 'nav.settings', operation: 'read_settings', group: 'house' },
  { path: '/users', title: 'nav.users', operation: 'list_users', group: 'house' },
  { path: '/tenants', title: 'nav.tenants', operation: 'list_tenants', group: 'house' },
];

/** The same with a line between one group and the next. */
export function divided<T extends Pick<Section, 'group'>, L>(shown: readonly T[], link: (section: T) => L, line: L): L[] {
  return shown.flatMap((section, at) => [...(at > 0 && shown[at - 1]?.group !== section.group ? [line] : []), link(section)]);
}
