import { expect, type BrowserContext, type Page } from '@playwright/test';

import { fillIn } from './pages';
import { Api, user, world } from './world';

/** A page to be looked at, with something on it. */
export interface Stop {
  name: string;
  path: string;
  /** Whose eyes see it. */
  role: 'admin' | 'operator' | 'agent' | null;
  /** What is done there first. */
  first?: (page: Page) => Promise<void>;
}

interface Page1<T> {
  items: T[];
}

const LIST = 'Name;Phone;E-Mail;Birthday\r\nMüller, Jörg;0171 3920087;joerg@example.com;1.2.1980\r\nAda;+44 20 7946 0991;ada@example.com;\r\nBad;12;;\r\n';

const chooseFile = async (page: Page) => {
  await page.locator('input[type=file]').setInputFiles({ name: 'leads.csv', mimeType: 'text/csv', buffer: Buffer.from(LIST) });
  await expect(page.getByText('leads.csv').first()).toBeVisible();
};
const next = (page: Page) => page.getByRole('button', { name: /^(Next|Weiter)$/ }).click();

/** Every page, of a world in which something has happened. */
export async function stops(): Promise<Stop[]> {
  const api = await Api.as('acme', 'admin');
  const campaigns = (await api.json<Page1<{ id: string; state: string }>>('GET', '/v1/campaigns?limit=100')).items;
  const imports = (await api.json<Page1<{ id: string; counts: { invalid: number }; state: string }>>('GET', '/v1/imports?limit=100')).items;
  const contacts = (await api.json<Page1<{ id: string }>>('GET', '/v1/contacts?limit=1')).items;
  const finished = campaigns.find(({ state }) => state === 'completed')?.id;
  const draft = campaigns.find(({ state }) => state === 'draft')?.id;
  const fetched = imports.find(({ counts, state }) => state === 'completed' && counts.invalid > 0)?.id;
  const enrolled = finished
    ? (await api.json<Page1<{ contact: string }>>('GET', `/v1/campaigns/${finished}/enrollments?limit=1`)).items[0]?.contact
    : undefined;
  const admin = (name: string, path: string, first?: Stop['first']): Stop => ({ name, path, role: 'admin', ...(first ? { first } : {}) });
  return [
    { name: 'sign-in', path: '/', role: null },
    { name: 'forgotten', path: '/', role: null, first: (page) => page.getByRole('button', { name: /^(Forgotten|Passwort verg)/ }).click() },
    admin('overview', '/'),
    admin('account', '/account'),
    admin('account-two-step', '/account', (page) => page.getByRole('button', { name: /^(Set up|Einrichten)$/ }).click()),
    admin('campaigns', '/campaigns'),
    admin('campaign-new', '/campaigns/new'),
    ...(finished ? [admin('campaign', `/campaigns/${finished}`)] : []),
    ...(draft
      ? ['content', 'audience', 'calling', 'times', 'retries', 'rules', 'review'].map((step) => admin(`campaign-edit-${step}`, `/campaigns/${draft}/edit?step=${step}`))
      : []),
    ...(finished && enrolled ? [admin('enrollment', `/campaigns/${finished}/contacts/${enrolled}`)] : []),
    admin('contacts', '/contacts'),
    admin('contact-new', '/contacts/new'),
    ...contacts.map(({ id }) => admin('contact', `/contacts/${id}`)),
    admin('imports', '/imports'),
    admin('import-new-1-file', '/imports/new'),
    admin('import-new-2-columns', '/imports/new', async (page) => {
      await chooseFile(page);
      await next(page);
    }),
    admin('import-new-3-options', '/imports/new', async (page) => {
      await chooseFile(page);
      await next(page);
      await next(page);
    }),
    ...(fetched ? [admin('import', `/imports/${fetched}`)] : []),
    admin('suppressions', '/suppressions'),
    admin('settings', '/settings'),
    admin('users', '/users'),
    { name: 'tenants', path: '/tenants', role: 'operator' },
    { name: 'forbidden', path: '/settings', role: 'agent' },
    admin('nothing-here', '/nowhere'),
  ];
}

/** Signed in without a page: what `signIn` leaves in the browser's storage, made once for all pages of a role. */
export async function signedIn(context: BrowserContext, role: NonNullable<Stop['role']>): Promise<Record<string, string>> {
  const page = await context.newPage();
  await page.goto('/account');
  const { email, password } = user('acme', role);
  await fillIn(page, email, password);
  await expect(page.getByRole('heading', { level: 1, name: 'My account' })).toBeVisible();
  const kept = await page.evaluate(() => ({ ...localStorage }));
  await page.close();
  return kept as Record<string, string>;
}

export interface Look {
  theme: 'light' | 'dark';
  language: 'en' | 'de';
}

/** Goes there and waits until nothing more is being read. */
export async function visit(page: Page, stop: Stop, storage: Record<string, string>, look: Look): Promise<void> {
  await page.addInitScript(
    ([kept, preferences]) => {
      for (const [key, value] of Object.entries(kept)) {
        localStorage.setItem(key, value);
      }
      localStorage.setItem('carillon.preferences', JSON.stringify(preferences));
    },
    [storage, look] as const,
  );
  await page.goto(world().dashboard_url + stop.path);
  const settled = async () => {
    await page.locator('h1').first().waitFor({ timeout: 10_000 }).catch(() => undefined);
    await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => undefined);
  };
  await settled();
  if (stop.first) {
    await stop.first(page);
    await settled();
  }
}
