import AppLayout from '@cloudscape-design/components/app-layout';
import Button from '@cloudscape-design/components/button';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useState, type ReactNode } from 'react';
import { useLocation, useNavigate } from 'react-router';

import { may, useMe } from '../shared/api/queries';
import { useTexts } from '../shared/i18n';
import { preferences, usePreferences, type Preferences } from '../shared/preferences';
import { useNarrow } from '../shared/ui/useNarrow';
import { useNotices } from '../shared/ui/notices';
import { Crash } from './Crash';
import { divided, sections } from './sections';
import { useTenants } from './useTenants';

/** No tenant's id: those have no space. */
const OWN = ' own';

interface Props {
  email: string;
  onSignOut: (everywhere: boolean) => void;
  children: ReactNode;
}

export function Shell({ email, onSignOut, children }: Props) {
  const { t, language } = useTexts();
  const { theme } = usePreferences();
  const me = useMe().data;
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const narrow = useNarrow();
  const { items } = useNotices();
  const [open, setOpen] = useState<boolean | null>(null);

  const tenants = useTenants();
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'menu-dropdown',
      text: language === 'de' ? 'Deutsch' : 'English',
      ariaLabel: `${t('preferences.language')}: ${language === 'de' ? 'Deutsch' : 'English'}`,
      items: [
        { id: 'en', text: 'English' },
        { id: 'de', text: 'Deutsch' },
      ],
      onItemClick: ({ detail }) => preferences.set({ language: detail.id as Preferences['language'] }),
    },
    {
      type: 'menu-dropdown',
      text: t(`preferences.theme.${theme}`),
      ariaLabel: `${t('preferences.theme')}: ${t(`preferences.theme.${theme}`)}`,
      items: (['system', 'light', 'dark'] as const).map((id) => ({ id, text: t(`preferences.theme.${id}`) })),
      onItemClick: ({ detail }) => preferences.set({ theme: detail.id as Preferences['theme'] }),
    },
    ...(tenants
      ? [
          {
            type: 'menu-dropdown' as const,
            iconName: 'group' as const,
            text: tenants.here ?? t('acting.none'),
            ariaLabel: `${t('acting.label')}: ${tenants.here ?? t('acting.none')}`,
            items: [
              ...(tenants.elsewhere ? [{ id: OWN, text: t('acting.back') }] : []),
              ...tenants.others.map(({ id, name }) => ({ id, text: name === id ? id : `${name} (${id})` })),
            ],
            onItemClick: ({ detail }: { detail: { id: string } }) => tenants.go(detail.id === OWN ? null : detail.id),
          },
        ]
      : []),
    {
      type: 'menu-dropdown',
      iconName: 'user-profile',
      text: email,
      ariaLabel: `${t('session.account')}: ${email}`,
      description: me ? [me.tenant, t(`role.${me.role}`)].filter(Boolean).join(' · ') : undefined,
      items: [
        { id: 'account', text: t('nav.account') },
        { id: 'here', text: t('session.signOut') },
        { id: 'everywhere', text: t('session.signOutEverywhere') },
      ],
      onItemClick: ({ detail }) => (detail.id === 'account' ? void navigate('/account') : onSignOut(detail.id === 'everywhere')),
    },
  ];
  const elsewhere: FlashbarProps.MessageDefinition[] = tenants?.elsewhere
    ? [
        {
          id: 'elsewhere',
          type: 'info',
          content: t('acting.sign', { tenant: tenants.here ?? '' }),
          action: <Button onClick={() => tenants.go(null)}>{t('acting.back')}</Button>,
        },
      ]
    : [];
  const links = divided<(typeof sections)[number], SideNavigationProps.Item>(
    sections.filter((section) => section.operation === null || may(me, section.operation)),
    (section) => ({ type: 'link', href: section.path, text: t(section.title) }),
    { type: 'divider' },
  );
  const here = sections.find(({ path }) => path !== '/' && pathname.startsWith(path))?.path ?? (pathname === '/' ? '/' : '');

  return (
    <>
      <a className="skip" href="#content">
        {t('nav.skip')}
      </a>
      {/* The component brings the landmark. */}
      <div id="top">
        <TopNavigation
          identity={{
            href: '/',
            title: 'Carillon',
            // It is read before the title, as one sentence with it.
            logo: { src: '/favicon.svg', alt: t('nav.home') },
            onFollow: (event) => {
              event.preventDefault();
              void navigate('/');
            },
          }}
          utilities={utilities}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationOpen={open ?? !narrow}
        navigationWidth={240}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={
          <SideNavigation
            activeHref={here}
            items={links}
            onFollow={(event) => {
              event.preventDefault();
              if (narrow) {
                setOpen(false);
              }
              void navigate(event.detail.href);
            }}
          />
        }
        notifications={<Flashbar items={[...elsewhere, ...items]} />}
        ariaLabels={{
          navigation: t('nav.label'),
          navigationToggle: t('nav.open'),
          navigationClose: t('nav.close'),
          notifications: t('nav.notices'),
        }}
        content={
          <div id="content">
            <Crash at={pathname}>{children}</Crash>
          </div>
        }
      />
    </>
  );
}
