import { expect, test as base, type Page } from '@playwright/test';

import { user } from './world';

type Role = Parameters<typeof user>[1];

/** What no page may do: throw, complain on the console, or be stopped by the content security policy. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, run) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // Answers that are meant to be refused are told by the browser all the same.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        complaints.push(message.text());
      }
    });
    await run(page);
    expect(complaints).toEqual([]);
  },
});

export async function fillIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function signIn(page: Page, tenant: string, role: Role, path = '/'): Promise<void> {
  const { email, password } = user(tenant, role);
  await page.goto(path);
  await fillIn(page, email, password);
  await expect(page.getByRole('navigation').first()).toBeVisible();
}

export { expect };
