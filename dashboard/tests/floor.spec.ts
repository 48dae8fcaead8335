import { ended, made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people, user } from './world';

/** Somebody who picks up, presses 1 where that is asked for, and talks until the other hangs up. */
const answers = (keys?: string) => ({
  human: { ring_seconds: 1, ...(keys ? { replies: [{ press: { keys } }] } : {}), talks: [{ hangs_up_after_seconds: null }] },
});

test('a queue with hours and skills, an agent who serves it, and a supervisor in their call', async ({ page }) => {
  test.setTimeout(150_000);
  const [person, phone, boss] = [number(), number(), number()] as const;
  await people({ [person]: [answers()], [phone]: [answers('1')], [boss]: [answers()] });
  const name = `Sales ${crypto.randomUUID().slice(0, 8)}`;
  const admin = await Api.as('acme', 'admin');
  const agent = await Api.as('acme', 'agent');
  // Who has been here once is a user whom others can see.
  await agent.send('GET', '/v1/agents/me');

  await signIn(page, 'acme', 'admin', '/agents');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'New queue' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('button', { name: 'Skills that it asks for' }).click();
  await dialog.getByRole('button', { name: 'Add a skill' }).click();
  await dialog.getByRole('textbox', { name: 'Skill' }).fill('German');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Always');

  const asMade = async () =>
    (await admin.json<{ items: { id: string; plan: { name: string; skills: object } }[] }>('GET', '/v1/queues')).items.find(({ plan }) => plan.name === name);
  const queue = await asMade();

  await page.getByRole('button', { name: 'New agent' }).click();
  await dialog.getByRole('button', { name: 'User' }).click();
  await page.getByRole('option', { name: user('acme', 'agent').email }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('Gwen');
  await dialog.getByLabel('Telephone').fill(phone);
  await dialog.getByRole('button', { name: 'Queues' }).click();
  await page.getByRole('option', { name }).click();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Skills' }).click();
  await dialog.getByRole('button', { name: 'Add a skill' }).click();
  await dialog.getByRole('textbox', { name: 'Skill' }).fill('German');
  await dialog.getByRole('button', { name: 'Make an agent' }).click();
  await expect(page.getByRole('row', { name: /Gwen/ })).toContainText('German 1');

  // A call, and the supervisor in it.
  const campaign = await made(admin, [person], { calls_per_second: 1, queue: queue?.id });
  await agent.json('PUT', '/v1/agents/me/state', { state: 'available' });
  await admin.json('POST', `/v1/campaigns/${campaign}/start`, {});
  await page.getByRole('button', { name: 'Look into the call of Gwen' }).click({ timeout: 40_000 });
  await dialog.getByLabel('Your telephone').fill(boss);
  await dialog.getByRole('button', { name: 'Ring my telephone' }).click();
  await expect(dialog.getByText('You are in: Listen')).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole('button', { name: 'Whisper' }).click();
  await expect(dialog.getByText('You are in: Whisper')).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole('button', { name: 'Hang up' }).click();
  await expect(dialog.getByText('This call is over.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).last().click();

  // Everything can be taken away again, once nothing needs it.
  await agent.json('PUT', '/v1/agents/me/state', { state: 'offline' });
  await ended(admin, `/v1/campaigns/${campaign}`);

  // Changed: what the form does not touch stays. Not before, for nobody is called for a queue that is closed.
  await page.getByRole('button', { name: `Change ${name}` }).click();
  await dialog.getByRole('button', { name: 'Calls in' }).click();
  await dialog.getByRole('checkbox', { name: 'Only at these hours' }).check();
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('table', { name: 'Queues' }).getByRole('row', { name: new RegExp(name) })).toContainText('Mon–Fri 09:00–17:00');
  expect((await asMade())?.plan.skills).toEqual({ German: 1 });
  for (const what of ['the agent Gwen', `the queue ${name}`]) {
    await page.getByRole('button', { name: `Delete ${what}` }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(page.getByRole('button', { name: `Delete ${what}` })).toHaveCount(0);
  }
});
