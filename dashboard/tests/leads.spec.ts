import { readFile } from 'node:fs/promises';

import { anotherDay, ended, made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

test('who pressed for interest is a lead: called with a click, under the rules, and booked into a calendar', async ({ page }) => {
  test.setTimeout(120_000);
  const [keen, other, away, kept] = [number(), number(), number(), number()] as const;
  const listens = { human: { ring_seconds: 2 } };
  await people({
    [keen]: [{ human: { ring_seconds: 2, replies: [{ press: { keys: '1' } }] } }],
    [other]: [listens],
    [away]: ['no_answer'],
  });
  const api = await Api.as('acme', 'admin');
  const found = await made(api, [keen, other], { calls_per_second: 5, asks: true });
  await api.json('POST', `/v1/campaigns/${found}/start`, {});
  // Two that run on: one may call today, the other may not.
  const open = await made(api, [away], { calls_per_second: 5, again: true });
  const closed = await made(api, [kept], { calls_per_second: 5, days: [anotherDay()] });
  for (const id of [open, closed]) {
    await api.json('POST', `/v1/campaigns/${id}/start`, {});
  }
  const named = async (id: string) => (await api.json<{ plan: { name: string } }>('GET', `/v1/campaigns/${id}`)).plan.name;
  await ended(api, `/v1/campaigns/${found}`);

  await signIn(page, 'acme', 'supervisor', `/leads?campaign=${found}`);
  await expect(page.getByRole('link', { name: keen })).toBeVisible();
  await expect(page.getByRole('link', { name: other })).toHaveCount(0);

  const dialog = page.getByRole('dialog');
  const choose = async (id: string) => {
    await dialog.getByRole('button', { name: /As a call of/ }).click();
    await page.getByRole('option', { name: await named(id) }).click();
    await dialog.getByRole('button', { name: `Call ${keen}` }).click();
  };
  await page.getByRole('button', { name: `Call ${keen} now` }).click();
  await choose(closed);
  await expect(dialog.getByText(/^Not now: at the earliest/)).toBeVisible({ timeout: 20_000 });
  await expect(dialog.getByText('it is outside the campaign’s own hours', { exact: false })).toBeVisible();
  await choose(open);
  await expect(dialog.getByText('Heard to the end', { exact: true })).toBeVisible({ timeout: 40_000 });

  await page.getByLabel('What was agreed').fill('Wants the large one.');
  await page.getByRole('button', { name: 'Write down' }).click();
  await expect(dialog.getByText('Wants the large one.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).last().click();

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

  // Taken care of, with a word about it: no longer among the open ones, and open again with a click.
  const calls = await api.json<{ items: { id: string }[] }>('GET', `/v1/calls?campaign=${found}&handled=false`);
  expect(calls.items).toHaveLength(1);
  const handled = `/v1/calls/${calls.items[0]?.id ?? ''}/handled`;
  const lead = page.getByRole('link', { name: keen });
  const shown = async (state: string) => {
    await page.getByRole('button', { name: /^Leads/ }).click();
    await page.getByRole('option', { name: state, exact: true }).click();
  };
  const mark = page.getByRole('button', { name: `Mark ${keen} as handled` });
  const confirm = dialog.getByRole('button', { name: 'Mark as handled' });
  await page.goto(`/leads?campaign=${found}`);
  await mark.click();
  await page.getByLabel('What was agreed').fill('Bought the large one.');
  await confirm.click();
  await expect(page.getByText('No lead is waiting')).toBeVisible();
  await expect(lead).toHaveCount(0);
  await shown('Handled');
  await expect(page).toHaveURL(/state=handled/);
  await expect(page.getByText(/^Handled by you, /)).toBeVisible();
  await page.getByRole('button', { name: `Open ${keen} again` }).click();
  await expect(page.getByText('No lead has been handled yet')).toBeVisible();
  await shown('Open');
  await lead.click();
  await expect(page.getByText('Bought the large one.')).toBeVisible();
  // Whoever was quicker stays, and who comes second is told.
  await page.goBack();
  await mark.click();
  await api.json('PUT', handled);
  await confirm.click();
  await expect(page.getByText(/^Somebody else had marked/)).toBeVisible();
  expect((await api.send('DELETE', handled)).status).toBe(204);

  // Whoever says no afterwards is not offered any more.
  await api.json('PUT', `/v1/suppressions/${encodeURIComponent(keen)}`, { reason: 'do_not_call', scope: 'all' });
  await page.goto(`/leads?campaign=${found}`);
  await page.getByRole('button', { name: `Call ${keen} now` }).click();
  await expect(page.getByText('Nobody may call this number any more.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: `Call ${keen}` })).toHaveCount(0);
});
