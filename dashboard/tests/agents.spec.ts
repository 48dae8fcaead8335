import { ended } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

/** Whatever an earlier run has left: nobody is on duty. Before there is an agent, there is nobody to be. */
test.beforeEach(async () => {
  await (await Api.as('globex', 'agent')).send('PUT', '/v1/agents/me/state', { state: 'offline' });
});

test('an admin makes a queue and an agent, who comes on duty, takes a break and goes', async ({ browser }) => {
  test.setTimeout(120_000);
  // Who has signed in once is a user whom others can see.
  const desk = await (await browser.newContext()).newPage();
  await signIn(desk, 'globex', 'agent', '/desk');
  await expect(desk.getByText(/^(You take no calls|Off duty)$/)).toBeVisible();

  const admin = await (await browser.newContext()).newPage();
  await signIn(admin, 'globex', 'admin', '/agents');
  const queue = `Sales ${crypto.randomUUID().slice(0, 6)}`;
  await admin.getByRole('button', { name: 'New queue' }).click();
  await admin.getByLabel('Name', { exact: true }).fill(queue);
  await admin.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(admin.getByRole('row').filter({ hasText: queue })).toBeVisible();

  // The world is kept between runs: whoever is an agent already stays one.
  const api = await Api.as('globex', 'admin');
  const known = (await api.json<{ items: { profile: { name: string } }[] }>('GET', '/v1/agents')).items;
  if (known.length === 0) {
    await admin.getByRole('button', { name: 'New agent' }).click();
    const form = admin.getByRole('dialog');
    await form.getByRole('button', { name: /^User/ }).click();
    await admin.getByRole('option').filter({ hasText: 'agent@globex.example' }).click();
    await form.getByLabel('Name', { exact: true }).fill('Grace');
    await form.getByLabel('Telephone').fill('030');
    await form.getByRole('button', { name: 'Make an agent' }).click();
    await expect(form.getByText(/^A number with its country code/)).toBeVisible();
    await form.getByLabel('Telephone').fill(number());
    await form.getByRole('button', { name: /^Queues/ }).click();
    await admin.getByRole('option').filter({ hasText: queue }).click();
    await admin.keyboard.press('Escape');
    await form.getByRole('button', { name: 'Make an agent' }).click();
  }
  const row = admin.getByRole('row').filter({ hasText: 'Grace' });
  await expect(row.getByText('Off duty')).toBeVisible();

  await desk.reload();
  await desk.getByRole('button', { name: 'Start taking calls' }).click();
  await expect(desk.getByText('Free', { exact: true })).toBeVisible();
  await expect(row.getByText('Free', { exact: true })).toBeVisible();
  await desk.getByRole('button', { name: 'Take a break' }).click();
  await desk.getByRole('menuitem', { name: 'Meal' }).click();
  await expect(desk.getByText('On a break: Meal')).toBeVisible();
  await expect(row.getByText('On a break: Meal')).toBeVisible();
  await desk.getByRole('button', { name: 'Stop for today' }).click();
  await expect(desk.getByText('Off duty')).toBeVisible();
  await expect(row.getByText('Off duty')).toBeVisible();

  // Whoever is no agent is told how to become one, and an agent sees nobody else's.
  await desk.goto('/agents');
  await expect(desk.getByText('Your role does not include this page')).toBeVisible();
  await admin.goto('/desk');
  await expect(admin.getByText('You take no calls')).toBeVisible();
});

test('a call comes to the desk: accepted, held, ended, and written down as a lead', async ({ page }) => {
  test.setTimeout(150_000);
  const api = await Api.as('globex', 'admin');
  const { items } = await api.json<{ items: { profile: { queues: string[]; reach: { number: string } } }[] }>('GET', '/v1/agents');
  const { queues, reach } = items[0]?.profile ?? { queues: [], reach: { number: '' } };
  const phone = number();
  // The network lives faster than a browser's pages: nobody hangs up by themselves, and what the agent is told on the
  // telephone is long enough to be read meanwhile.
  const stays = { human: { ring_seconds: 3, talks: [{ hangs_up_after_seconds: null }] } };
  await people({ [reach.number]: [stays], [phone]: [stays] });
  await signIn(page, 'globex', 'agent', '/desk');
  await page.getByRole('button', { name: 'Start taking calls' }).click();
  await expect(page.getByText('Free', { exact: true })).toBeVisible();

  const day = [['00:00', '24:00']];
  const { id } = await api.json<{ id: string }>('POST', '/v1/campaigns', {
    name: `Desk ${crypto.randomUUID().slice(0, 8)}`,
    purpose: 'informational',
    waive_house_rules: true,
    timezone: 'Europe/Berlin',
    caller_ids: ['+4930901820'],
    window: { mon: day, tue: day, wed: day, thu: day, fri: day, sat: day, sun: day },
    pace: { calls_per_second: 1, ring_seconds: 25, wave_seconds: 5 },
    amd: 'off',
    retry: { attempts_max: 1, rules: {} },
    script: { language: 'en-GB', voice: 'Polly.Amy-Neural', greeting: 'Hello, this is Miller Cars.', goodbye: 'Goodbye.' },
    agents: {
      queue: queues[0],
      whisper: `{{first_name}}, about the service. ${'She has called before, and was promised a word with somebody who knows. '.repeat(25)}`,
      sorry: 'This was Miller Cars. Nobody is free at the moment.',
      patience_seconds: 60,
      offer_seconds: 60,
    },
  });
  const contact = await api.json<{ id: string }>('POST', '/v1/contacts', { phone, first_name: 'Ada' });
  await api.json('POST', `/v1/campaigns/${id}/enrollments`, { contacts: [contact.id] });
  await api.json('POST', `/v1/campaigns/${id}/start`, {});

  await page.getByRole('button', { name: 'Accept' }).click({ timeout: 60_000 });
  await expect(page.getByRole('heading', { name: 'On a call' })).toBeVisible({ timeout: 30_000 });
  // Who it is and what it is about, although an agent may not look people up.
  await expect(page.getByRole('heading', { name: 'Ada', exact: true })).toBeVisible();
  await expect(page.getByText('Ada, about the service.')).toBeVisible();
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await expect(page.getByText('On hold: they hear music')).toBeVisible();
  // The call knows it, not the page alone.
  await page.reload();
  await page.getByRole('button', { name: 'Take off hold' }).click();
  await expect(page.getByRole('button', { name: 'Hold', exact: true })).toBeVisible();
  await expect(page.getByText('On hold: they hear music')).toBeHidden();
  await page.getByRole('button', { name: 'Hang up' }).click();
  await expect(page.getByRole('heading', { name: 'After the call' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Save, and ready for the next' }).click();
  await expect(page.getByText('This is needed.')).toBeVisible();
  await page.getByRole('button', { name: /^How it went/ }).click();
  await page.getByRole('option', { name: 'Interested' }).click();
  await page.getByRole('button', { name: 'Save, and ready for the next' }).click();
  await expect(page.getByText('Free', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Stop for today' }).click();

  await ended(api, `/v1/campaigns/${id}`);
  // The log of calls waits for company: eight seconds, and as long again where everything shares two cores.
  const outcomes = async () =>
    (await api.json<{ items: { outcome: string }[] }>('GET', `/v1/calls?campaign=${id}`)).items.map(({ outcome }) => outcome);
  await expect.poll(outcomes, { timeout: 45_000 }).toEqual(['interested']);
});
