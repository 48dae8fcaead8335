import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';

import type { Page } from '@playwright/test';

import { expect, signIn, test } from './pages';
import { made } from './made';
import { Api, number, people } from './world';

const listens = { human: { ring_seconds: 2 } };
const presses = (keys: string) => ({ human: { ring_seconds: 2, replies: [{ press: { keys } }] } });

/** tests/kunden.csv, as Windows writes it (a byte for each letter, and ä is not two of them), with numbers of this run's people. */
const kunden = (numbers: Record<string, string>) =>
  Buffer.from(readFileSync(new URL('kunden.csv', import.meta.url), 'latin1').replace(/\{(\w+)\}/g, (all, who: string) => numbers[who] ?? all), 'latin1');

/** National notation, as people write it: 0151 2345 6789. */
const national = (phone: string) => `0${phone.slice(3, 6)} ${phone.slice(6, 10)} ${phone.slice(10)}`;

const next = (page: Page) => page.getByRole('button', { name: 'Next', exact: true }).click();

/** On to this step of a campaign, which is saved on the way: whoever is faster stays where they are. */
async function onTo(page: Page, step: string): Promise<void> {
  await next(page);
  await expect(page).toHaveURL(new RegExp(`step=${step}$`));
}

test('the main job: a campaign is built, a messy list imported and mended, and everybody called', async ({ page }) => {
  test.setTimeout(240_000);
  const [ada, ben, carl, dora, eve] = [number(), number(), number(), number(), number()] as const;
  await people({ [ada]: [presses('1')], [ben]: [presses('9')], [carl]: [listens], [dora]: [listens], [eve]: [presses('1')] });
  const name = `Reminder ${crypto.randomUUID().slice(0, 8)}`;

  await signIn(page, 'acme', 'admin', '/campaigns');
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Start from a sample' }).click();
  await page.getByRole('menuitem', { name: 'Reminder of an appointment' }).click();
  await onTo(page, 'agents');
  await expect(page.getByRole('radio', { name: /^The script/ })).toBeChecked();
  await onTo(page, 'audience');

  // The list, out of a spreadsheet: semicolons, another encoding, numbers in three notations, a row twice, two bad ones.
  await page.getByRole('link', { name: 'Import contacts' }).click();
  const list = kunden({ ada: national(ada), ben, carl: `0049${carl.slice(3)}`, dora, adaAgain: ada });
  await page.locator('input[type=file]').setInputFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: list });
  await expect(page.getByText('kunden.csv').first()).toBeVisible();
  await next(page);
  await expect(page.getByText('Groß; Sohn').first()).toBeVisible();
  await next(page);
  await next(page);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'kunden.csv' })).toBeVisible();
  await expect(page.getByText('Completed, with refused rows').first()).toBeVisible({ timeout: 60_000 });

  // One of the refused rows is put right where it stands.
  await expect(page.getByLabel('Row 6, Telefon')).toHaveValue('0151 12');
  await page.getByLabel('Row 6, Telefon').fill(national(eve));
  await page.getByRole('button', { name: 'Import 1 corrected row' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /corrected/ })).toBeVisible();
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible({ timeout: 60_000 });

  // Back to the draft: hours, a number to call from, and the start.
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByRole('link', { name }).click();
  await page.getByRole('link', { name: 'Review and start' }).first().click();
  await page.getByRole('button', { name: 'Step 4: Calling' }).click();
  await page.getByLabel('Add a number').fill('+49 30 901820');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText('+4930901820').first()).toBeVisible();
  await onTo(page, 'times');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  for (const day of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']) {
    await page.getByRole('button', { name: `Open or close all of ${day}` }).click();
  }
  const monday = page.getByRole('gridcell', { name: /^Monday/ }).first();
  await expect(monday).toHaveAttribute('aria-selected', 'true');
  // A build in which the grid's colours are gone is a build in which nobody sees when they call.
  await expect(monday).not.toHaveCSS('background-color', 'rgba(0, 0, 0, 0)');
  await onTo(page, 'retries');
  await onTo(page, 'rules');
  await page.getByRole('checkbox', { name: /house rules/i }).check();
  await onTo(page, 'review');
  await expect(page.getByText('5 contacts', { exact: false }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Start the campaign' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();

  // Watched to its end, without a reload.
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('Completed', { exact: true }).first()).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText('Interested').first()).toBeVisible();

  const api = await Api.as('acme', 'admin');
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const progress = await api.json<{ enrolled: number; ended: number; outcomes: Record<string, number> }>('GET', `/v1/campaigns/${id}/progress`);
  expect(progress).toMatchObject({ enrolled: 5, ended: 5 });
  expect(progress.outcomes).toMatchObject({ interested: 2, opted_out: 1 });
});

test('a campaign page follows a pause made elsewhere within two seconds, and says when it no longer can', async ({ page, context }) => {
  test.setTimeout(120_000);
  const phones = Array.from({ length: 40 }, number);
  await people(Object.fromEntries(phones.map((phone) => [phone, [{ human: { ring_seconds: 20 } }]])));
  const api = await Api.as('acme', 'admin');
  const id = await made(api, phones, { calls_per_second: 1 });
  await api.json('POST', `/v1/campaigns/${id}/start`, {});
  await signIn(page, 'acme', 'admin', `/campaigns/${id}`);
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();

  await api.json('POST', `/v1/campaigns/${id}/pause`, {});
  await expect(page.getByText('Paused', { exact: true }).first()).toBeVisible({ timeout: 2_000 });

  await api.json('POST', `/v1/campaigns/${id}/resume`, {});
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible({ timeout: 2_000 });
  await context.setOffline(true);
  await expect(page.getByText(/^Not up to date: last read at/).first()).toBeVisible({ timeout: 20_000 });
  await context.setOffline(false);
  await expect(page.getByText(/^Not up to date/)).toHaveCount(0, { timeout: 20_000 });
  await api.json('POST', `/v1/campaigns/${id}/stop`, {});
});
