import { expect, fillIn, signIn, test } from './pages';
import { Api, number } from './world';

test('an agent is refused an admin page, by link and by the API', async ({ page }) => {
  await signIn(page, 'acme', 'agent', '/users');
  await expect(page.getByText('Your role does not include this page')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Overview', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Users', exact: true })).toBeHidden();
  await expect(page.getByRole('link', { name: 'Tenants', exact: true })).toBeHidden();
  await page.goto('/tenants');
  await expect(page.getByText('Your role does not include this page')).toBeVisible();

  const agent = await Api.as('acme', 'agent');
  for (const [method, path, body] of [
    ['GET', '/v1/users', undefined],
    ['POST', '/v1/users', { email: 'x@example.com', role: 'admin' }],
    ['POST', '/v1/tenants', { id: 'mine', name: 'Mine', timezone: 'Europe/Berlin' }],
    ['PUT', '/v1/settings/twilio', { account_sid: `AC${'0'.repeat(32)}`, auth_token: '0'.repeat(32) }],
  ] as const) {
    expect((await agent.send(method, path, body)).status, `${method} ${path}`).toBe(403);
  }
});

test('another tenant sees nothing, neither in lists nor by address', async ({ page }) => {
  const ours = await Api.as('acme', 'admin');
  const name = `Secret ${crypto.randomUUID().slice(0, 8)}`;
  const contact = await ours.json<{ id: string }>('POST', '/v1/contacts', { phone: number(), first_name: name });

  await signIn(page, 'globex', 'admin', `/contacts/${contact.id}`);
  await expect(page.getByText('There is nothing here')).toBeVisible();
  await page.goto('/contacts');
  await expect(page.getByRole('heading', { level: 1, name: 'Contacts' })).toBeVisible();
  await expect(page.getByText(name)).toBeHidden();

  const theirs = await Api.as('globex', 'admin');
  expect((await theirs.send('GET', `/v1/contacts/${contact.id}`)).status).toBe(404);
  expect((await theirs.send('GET', `/v1/contacts/${contact.id}`, undefined, { 'x-carillon-tenant': 'acme' })).status).toBe(403);
});

test('an operator acts in another tenant, and is told so', async ({ page }) => {
  const theirs = await Api.as('globex', 'admin');
  const name = `Theirs ${crypto.randomUUID().slice(0, 8)}`;
  const contact = await theirs.json<{ id: string }>('POST', '/v1/contacts', { phone: number(), first_name: name });

  await signIn(page, 'acme', 'operator', '/contacts');
  await page.getByRole('button', { name: 'Organisation: acme' }).click();
  await page.getByRole('menuitem', { name: 'globex' }).click();
  await expect(page.getByText('You act in another organisation: globex.')).toBeVisible();
  await page.goto(`/contacts/${contact.id}`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.getByRole('button', { name: 'Back to your own' }).click();
  await expect(page.getByText('You act in another organisation')).toBeHidden();
  await page.goto(`/contacts/${contact.id}`);
  await expect(page.getByText('There is nothing here')).toBeVisible();
});

test('an admin invites, promotes and disables somebody', async ({ page }) => {
  const email = `ada-${crypto.randomUUID().slice(0, 8)}@acme.example`;
  await signIn(page, 'acme', 'admin', '/users');
  await page.getByRole('button', { name: 'Invite a user' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(dialog.getByText('This is not an email address.')).toBeVisible();
  await dialog.getByLabel('Email address').fill(email);
  await dialog.getByRole('radio', { name: 'Supervisor' }).check();
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(page.getByText(`${email} has been invited.`)).toBeVisible();

  const row = page.getByRole('row', { name: email });
  await expect(row.getByText('Invited')).toBeVisible();
  await row.getByRole('button', { name: `Actions for ${email}` }).click();
  await page.getByRole('menuitem', { name: 'Change role' }).click();
  await page.getByRole('dialog').getByRole('radio', { name: 'Admin' }).check();
  await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click();
  await expect(row.getByText('Admin', { exact: true })).toBeVisible();

  await row.getByRole('button', { name: `Actions for ${email}` }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect(row.getByText('Disabled')).toBeVisible();
  await page.getByRole('button', { name: /^Account: / }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await fillIn(page, email, 'Whatever-it-was-1');
  await expect(page.getByText('The email address or the password is not right.')).toBeVisible();
});
