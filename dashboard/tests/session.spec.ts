import { totp } from './totp';
import { expect, fillIn, signIn, test } from './pages';
import { Api, cognito, number, user, world } from './world';

const CHOSEN = 'Carillon-chosen-2';

/** Somebody of one test alone, with a password that works once. */
async function invited(): Promise<{ email: string; password: string }> {
  const email = `new-${crypto.randomUUID()}@acme.example`;
  const password = 'Carillon-once-1';
  const UserPoolId = world().outputs['UserPoolId'];
  await cognito('AdminCreateUser', {
    UserPoolId,
    Username: email,
    TemporaryPassword: password,
    MessageAction: 'SUPPRESS',
    UserAttributes: [
      { Name: 'email', Value: email },
      { Name: 'email_verified', Value: 'true' },
      { Name: 'custom:tenant', Value: 'acme' },
    ],
  });
  await cognito('AdminAddUserToGroup', { UserPoolId, Username: email, GroupName: 'supervisor' });
  return { email, password };
}

const shell = 'My account';

test('a wrong password is refused without saying which part was wrong', async ({ page }) => {
  await page.goto('/');
  await fillIn(page, user('acme', 'admin').email, 'not the password');
  await expect(page.getByText('The email address or the password is not right.')).toBeVisible();
  await page.getByLabel('Password').fill(user('acme', 'admin').password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('link', { name: 'Campaigns', exact: true })).toBeVisible();
});

test('the first password is changed before anything is shown, then forgotten and reset', async ({ page }) => {
  const { email, password } = await invited();
  await page.goto('/account');
  await fillIn(page, email, password);
  await page.getByLabel('New password').fill('short');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByText('The password does not meet the rules.')).toBeVisible();
  await page.getByLabel('New password').fill(CHOSEN);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('heading', { name: shell })).toBeVisible();

  await page.getByRole('button', { name: 'Sign out on every device' }).click();
  await page.getByRole('button', { name: 'Forgotten your password?' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('Code').fill('000000');
  await page.getByLabel('New password').fill(`${CHOSEN}x`);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByText('The code is not right.')).toBeVisible();
  // The emulator sends everybody the same code.
  await page.getByLabel('Code').fill('654321');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('link', { name: 'Campaigns', exact: true })).toBeVisible();
});

test('a code from an authenticator app is set up, asked for, and given up', async ({ page }) => {
  const { email, password } = await invited();
  await page.goto('/account');
  await fillIn(page, email, password);
  await page.getByLabel('New password').fill(CHOSEN);
  await page.getByRole('button', { name: 'Set the password' }).click();

  await page.getByRole('button', { name: 'Set up' }).click();
  await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible();
  const secret = (await page.getByText(/^[A-Z2-7]{26,}$/).first().textContent()) ?? '';
  await page.getByLabel('The six digits').fill('000000');
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByText('The code is not right.')).toBeVisible();
  await page.getByLabel('The six digits').fill(totp(secret));
  await page.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByText('On: every sign-in asks for a code')).toBeVisible();

  await page.getByRole('button', { name: `Account: ${email}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await fillIn(page, email, CHOSEN);
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('The code is not right.')).toBeVisible();
  await page.getByLabel('Code').fill(totp(secret));
  await page.getByRole('button', { name: 'Go on' }).click();

  await page.getByRole('button', { name: `Account: ${email}` }).click();
  await page.getByRole('menuitem', { name: 'My account' }).click();
  await page.getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await expect(page.getByText('Off: a password is enough')).toBeVisible();
});

test('a password is changed by whoever knows the old one', async ({ page }) => {
  const { email, password } = await invited();
  await page.goto('/account');
  await fillIn(page, email, password);
  await page.getByLabel('New password').fill(CHOSEN);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByLabel('Present password').fill('not the password');
  await page.getByLabel('New password').fill(`${CHOSEN}y`);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('The present password is not right.')).toBeVisible();
  await page.getByLabel('Present password').fill(CHOSEN);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await expect(page.getByText('Your password has been changed.')).toBeVisible();
});

test('signing out everywhere ends the session in another browser', async ({ page, browser }) => {
  const { email, password } = await invited();
  await page.goto('/account');
  await fillIn(page, email, password);
  await page.getByLabel('New password').fill(CHOSEN);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('heading', { name: shell })).toBeVisible();

  const elsewhere = await (await browser.newContext({ baseURL: world().dashboard_url })).newPage();
  await elsewhere.goto('/account');
  await fillIn(elsewhere, email, CHOSEN);
  await elsewhere.getByRole('button', { name: 'Sign out on every device' }).click();
  await expect(elsewhere.getByRole('button', { name: 'Sign in' })).toBeVisible();

  // The other browser finds out when it next needs a token from the pool.
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage).filter((name) => /\.(id|access)Token$/.test(name))) {
      localStorage.removeItem(key);
    }
  });
  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

test('a session that ends in the middle of a form loses no input', async ({ page }) => {
  await signIn(page, 'acme', 'admin', '/contacts/new');
  const name = `Ada ${crypto.randomUUID().slice(0, 8)}`;
  await page.getByLabel('First name').fill(name);

  // As after a night: the tokens have run out, and the pool no longer renews them.
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith('CognitoIdentityServiceProvider'))) {
      localStorage.removeItem(key);
    }
  });
  await page.getByLabel('Phone number').fill(number());
  await page.getByRole('button', { name: /^(Add|Create|Save)/ }).last().click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Password').fill(user('acme', 'admin').password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { name })).toBeVisible();
  const found = await (await Api.as('acme', 'admin')).json<{ items: { first_name?: string }[] }>('GET', `/v1/contacts?q=${encodeURIComponent(name)}`);
  expect(found.items.some(({ first_name }) => first_name === name)).toBe(true);
});
