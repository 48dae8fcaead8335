import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';

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

/** Settings beside the organisation's own. */
const TABS = ['provider', 'retries', 'keys', 'webhooks', 'audit'];

/** Steps of building a campaign. */
const STEPS = ['content', 'agents', 'audience', 'calling', 'times', 'retries', 'rules', 'review'];

interface List<T> {
  items: T[];
}

const LIST = 'Name;Phone;E-Mail;Birthday\r\nMüller, Jörg;0171 3920087;joerg@example.com;1.2.1980\r\nAda;+44 20 7946 0991;ada@example.com;\r\nBad;12;;\r\n';

/** A tour that left a page out would pass: what `furnish` makes has to be there. */
function the<T>(what: string, found: T | undefined): T {
  if (found === undefined) {
    throw new Error(`the world has no ${what}`);
  }
  return found;
}

const chooseFile = async (page: Page) => {
  await page.locator('input[type=file]').setInputFiles({ name: 'leads.csv', mimeType: 'text/csv', buffer: Buffer.from(LIST) });
  await expect(page.getByText('leads.csv').first()).toBeVisible();
};
const next = (page: Page) => page.getByRole('button', { name: /^(Next|Weiter)$/ }).click();

/** Every page, of a world in which something has happened. */
export async function stops(): Promise<Stop[]> {
  const api = await Api.as('acme', 'admin');
  const campaigns = (await api.json<List<{ id: string; state: string }>>('GET', '/v1/campaigns?limit=100')).items;
  const imports = (await api.json<List<{ id: string; counts: { invalid: number }; state: string }>>('GET', '/v1/imports?limit=100')).items;
  const contacts = (await api.json<List<{ id: string }>>('GET', '/v1/contacts?limit=1')).items;
  // Whom no campaign calls: journeys leave contacts behind who may not be called any more.
  const callable = (await api.json<List<{ id: string }>>('GET', '/v1/contacts?q=lovelace&limit=1')).items;
  const calls = (await api.json<List<{ id: string }>>('GET', '/v1/calls?limit=1')).items;
  const finished = the('completed campaign', campaigns.find(({ state }) => state === 'completed')).id;
  const draft = the('draft', campaigns.find(({ state }) => state === 'draft')).id;
  const fetched = the('import with refused rows', imports.find(({ counts, state }) => state === 'completed' && counts.invalid > 0)).id;
  const hook = the('webhook', (await api.json<List<{ id: string }>>('GET', '/v1/webhooks')).items[0]).id;
  const enrolled = (await api.json<List<{ contact: string }>>('GET', `/v1/campaigns/${finished}/enrollments?limit=1`)).items;
  const admin = (name: string, path: string, first?: Stop['first']): Stop => ({ name, path, role: 'admin', ...(first ? { first } : {}) });
  return [
    { name: 'sign-in', path: '/', role: null },
    { name: 'forgotten', path: '/', role: null, first: (page) => page.getByRole('button', { name: /^(Forgotten|Passwort verg)/ }).click() },
    admin('overview', '/'),
    admin('account', '/account'),
    admin('account-two-step', '/account', (page) => page.getByRole('button', { name: /^(Set up|Einrichten)$/ }).click()),
    admin('campaigns', '/campaigns'),
    admin('campaign-new', '/campaigns/new'),
    admin('campaign', `/campaigns/${finished}`),
    ...STEPS.map((step) => admin(`campaign-edit-${step}`, `/campaigns/${draft}/edit?step=${step}`)),
    admin('campaign-edit-agents-chosen', `/campaigns/${draft}/edit?step=agents`, async (page) => {
      await page.getByRole('radio', { name: /^(Agents|Agenten)/ }).check();
      await page.getByRole('button', { name: /^(Fill in examples|Beispiele einsetzen)$/ }).click();
    }),
    admin('enrollment', `/campaigns/${finished}/contacts/${the('enrollment', enrolled[0]).contact}`),
    admin('contacts', '/contacts'),
    admin('contact-new', '/contacts/new'),
    admin('contact', `/contacts/${the('contact', contacts[0]).id}`),
    admin('contact-call', `/contacts/${the('contact who may be called', callable[0]).id}`, (page) => page.getByRole('button', { name: /^(Call now|Jetzt anrufen)$/ }).click()),
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
    admin('import', `/imports/${fetched}`),
    admin('suppressions', '/suppressions'),
    admin('calls', '/calls'),
    admin('call', `/calls/${the('call', calls[0]).id}`),
    admin('agents', '/agents'),
    admin('agent-new', '/agents', (page) => page.getByRole('button', { name: /^(New agent|Neuer Agent)$/ }).click()),
    admin('queue-new', '/agents', (page) => page.getByRole('button', { name: /^(New queue|Neue Warteschlange)$/ }).click()),
    admin('queue-edit', '/agents', async (page) => {
      await page.getByRole('button', { name: /Appointments/ }).first().click();
      await page.getByRole('button', { name: /^(Calls in|Eingehende Anrufe)/ }).click();
    }),
    { name: 'desk', path: '/desk', role: 'agent' },
    admin('leads', '/leads'),
    admin('lead-call', '/leads', (page) => page.getByRole('button', { name: /^(Call .* now|.* jetzt anrufen)$/ }).first().click()),
    admin('lead-book', '/leads', (page) => page.getByRole('button', { name: /^(Book an appointment with|Einen Termin mit)/ }).first().click()),
    admin('lead-handle', '/leads', (page) => page.getByRole('button', { name: /^(Mark .* as handled|.* als erledigt markieren)$/ }).first().click()),
    admin('settings', '/settings'),
    admin('webhook-new', '/settings?tab=webhooks', (page) => page.getByRole('button', { name: /^(New webhook|Neuer Webhook)$/ }).click()),
    admin('webhook-log', `/settings?tab=webhooks&hook=${hook}`),
    admin('settings-provider-tested', '/settings?tab=provider', (page) => page.getByRole('button', { name: /^(Test the connection|Verbindung testen)$/ }).click()),
    admin('retry-template-new', '/settings?tab=retries', (page) => page.getByRole('button', { name: /^(New template|Neue Vorlage)$/ }).click()),
    ...TABS.map((tab) => admin(`settings-${tab}`, `/settings?tab=${tab}`)),
    admin('users', '/users'),
    { name: 'tenants', path: '/tenants', role: 'operator' },
    { name: 'forbidden', path: '/settings', role: 'agent' },
    admin('nothing-here', '/nowhere'),
  ];
}

export interface Look {
  theme: 'light' | 'dark';
  /** Of the window, in pixels. */
  width: number;
  /** As high as such a window usually is, if it is not said. */
  height?: number;
}

/** Another look at the same page: it follows the window, and what the system says of light and dark. */
export async function look(page: Page, { theme, width, height }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height: height ?? (width < 600 ? 844 : 900) });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Waits until nothing has been asked for in a while. Pages that follow something never stop asking: not for ever. */
function quiet(page: Page): () => Promise<void> {
  let open = 0;
  let since = Date.now();
  const count = (by: number) => () => {
    open += by;
    since = Date.now();
  };
  page.on('request', count(1));
  page.on('requestfinished', count(-1));
  page.on('requestfailed', count(-1));
  return async () => {
    for (const until = Date.now() + 3_000; Date.now() < until && !(open <= 0 && Date.now() - since > 200); ) {
      await page.waitForTimeout(50);
    }
  };
}

/** One window per role, signed in once: it keeps what it has loaded, as a person's browser does. */
export class Visitors {
  private readonly contexts = new Map<Stop['role'], BrowserContext>();

  constructor(private readonly browser: Browser) {}

  private async of(role: Stop['role']): Promise<BrowserContext> {
    const known = this.contexts.get(role);
    if (known) {
      return known;
    }
    // What is still fading in has the wrong colours.
    const context = await this.browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin' });
    this.contexts.set(role, context);
    if (role) {
      const page = await context.newPage();
      await page.goto(`${world().dashboard_url}/account`);
      const { email, password } = user('acme', role);
      await fillIn(page, email, password);
      await expect(page.getByRole('heading', { level: 1, name: 'My account' })).toBeVisible();
      await page.close();
    }
    return context;
  }

  /** Goes there and waits until nothing more is being read. The page is the caller's to close. */
  async visit({ path, role, first }: Stop, language: 'en' | 'de', as: Look): Promise<Page> {
    const page = await (await this.of(role)).newPage();
    await look(page, as);
    await page.addInitScript((preferences) => localStorage.setItem('carillon.preferences', preferences), JSON.stringify({ theme: 'system', language }));
    const isQuiet = quiet(page);
    await page.goto(world().dashboard_url + path);
    const settled = async () => {
      await page.locator('h1').first().waitFor({ timeout: 10_000 });
      await isQuiet();
      await expect(page.getByText(/^(Loading|Wird geladen|Lädt)/)).toHaveCount(0);
    };
    await settled();
    if (first) {
      await first(page);
      await settled();
    }
    return page;
  }

  async close(): Promise<void> {
    await Promise.all([...this.contexts.values()].map((context) => context.close()));
  }
}
