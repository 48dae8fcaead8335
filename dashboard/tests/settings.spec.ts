import { made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number } from './world';

test('the connection to the provider is tested, and a retry policy kept for the next campaign', async ({ page }) => {
  const api = await Api.as('acme', 'admin');
  const draft = await made(api, [number()], { calls_per_second: 1 });
  await signIn(page, 'acme', 'admin', '/settings?tab=provider');
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText('Account SID and Auth Token are right')).toBeVisible();
  await expect(page.getByText('The account may call')).toBeVisible();
  await expect(page.getByText(/^Tested /)).toBeVisible();

  await page.getByRole('tab', { name: 'Retry templates' }).click();
  const name = `Patient ${crypto.randomUUID().slice(0, 8)}`;
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'New template' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Calls to one contact, the first included').fill('7');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Nobody is called more than 7 times.');

  // A campaign takes a copy of it.
  await page.goto(`/campaigns/${draft}/edit?step=retries`);
  await expect(page.getByLabel('Calls to one contact, the first included')).toHaveValue('1');
  await page.getByRole('button', { name: 'Take a template' }).click();
  await page.getByRole('menuitem', { name }).click();
  await expect(page.getByLabel('Calls to one contact, the first included')).toHaveValue('7');
  await page.getByRole('button', { name: 'Save and close' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const { plan } = await api.json<{ plan: { retry: { attempts_max: number } } }>('GET', `/v1/campaigns/${draft}`);
  expect(plan.retry.attempts_max).toBe(7);

  await page.goto('/settings?tab=retries');
  await page.getByRole('button', { name: `Delete the template ${name}` }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toHaveCount(0);
});
