import { expect, signIn, test } from './pages';
import { Api, number } from './world';

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
