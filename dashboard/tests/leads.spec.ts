import { readFile } from 'node:fs/promises';

import { ended, made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

test('who pressed for interest is a lead: looked up before a call, and booked into a calendar', async ({ page }) => {
  test.setTimeout(120_000);
  const [keen, other] = [number(), number()] as const;
  await people({ [keen]: [{ human: { ring_seconds: 2, replies: [{ press: { keys: '1' } }] } }], [other]: [{ human: { ring_seconds: 2 } }] });
  const api = await Api.as('acme', 'admin');
  const id = await made(api, [keen, other], { calls_per_second: 5, asks: true });
  await api.json('POST', `/v1/campaigns/${id}/start`, {});
  await ended(api, `/v1/campaigns/${id}`);

  await signIn(page, 'acme', 'supervisor', `/leads?campaign=${id}`);
  await expect(page.getByRole('link', { name: keen })).toBeVisible();
  await expect(page.getByRole('link', { name: other })).toHaveCount(0);

  await page.getByRole('button', { name: `Call ${keen} now` }).click();
  await expect(page.getByRole('link', { name: `Call ${keen}` })).toHaveAttribute('href', `tel:${keen}`);
  await page.getByLabel('What was agreed').fill('Wants the large one.');
  await page.getByRole('button', { name: 'Write down' }).click();
  await expect(page.getByRole('dialog').getByText('Wants the large one.')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: `Book an appointment with ${keen}` }).click();
  await page.getByLabel('Day').fill('2031/03/04');
  await page.getByLabel('Time', { exact: true }).fill('10:30');
  const download = page.waitForEvent('download');
  await page.getByRole('dialog').getByRole('button', { name: 'Book', exact: true }).click();
  const file = await readFile(await (await download).path(), 'utf8');
  expect(file).toContain('BEGIN:VEVENT');
  expect(file).toContain('DTSTART:20310304T');
  await page.getByRole('link', { name: keen }).click();
  await expect(page.getByText(/Appointment, 4 Mar 2031/)).toBeVisible();

  // Whoever says no afterwards is not offered any more.
  await api.json('PUT', `/v1/suppressions/${encodeURIComponent(keen)}`, { reason: 'do_not_call', scope: 'all' });
  await page.goto(`/leads?campaign=${id}`);
  await page.getByRole('button', { name: `Call ${keen} now` }).click();
  await expect(page.getByText('Nobody may call this number any more.')).toBeVisible();
  await expect(page.getByRole('link', { name: `Call ${keen}` })).toHaveCount(0);
});
