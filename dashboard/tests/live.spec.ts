import type { WebSocketRoute } from '@playwright/test';

import { made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

/** How soon a page shows a pause made elsewhere. */
const FOLLOWS_WITHIN_MS = 2_000;
/** A page that is told of changes asks all the same, but so seldom. */
const ASKS_EVERY_MS = 15_000;

test('told of changes, a page hardly asks; dropped, it asks; and it is told again', async ({ page }) => {
  test.setTimeout(150_000);
  const phones = Array.from({ length: 30 }, number);
  await people(Object.fromEntries(phones.map((phone) => [phone, [{ human: { ring_seconds: 20 } }]])));
  const api = await Api.as('acme', 'admin');
  const id = await made(api, phones, { calls_per_second: 1 });
  await api.json('POST', `/v1/campaigns/${id}/start`, {});

  const lines: WebSocketRoute[] = [];
  await page.routeWebSocket(/ticket=/, (line) => {
    line.connectToServer();
    lines.push(line);
  });
  let asked = 0;
  page.on('request', (request) => {
    asked += request.method() === 'GET' && request.url().endsWith(`/v1/campaigns/${id}`) ? 1 : 0;
  });
  await signIn(page, 'acme', 'admin', `/campaigns/${id}`);
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();
  await expect.poll(() => lines.length).toBe(1);

  // Told: of its state, it asks when there is news.
  await page.waitForTimeout(2_000);
  asked = 0;
  await page.waitForTimeout(5_000);
  expect(asked).toBeLessThanOrEqual(1);
  const shows = async (state: 'Paused' | 'Running') => {
    const since = Date.now();
    await expect(page.getByText(state, { exact: true }).first()).toBeVisible();
    return Date.now() - since;
  };
  // The best of three: what else the machine does at that moment is not the page's doing.
  const took: number[] = [];
  while (took.length < 3 && Math.min(...took) > FOLLOWS_WITHIN_MS) {
    if (took.length > 0) {
      await api.json('POST', `/v1/campaigns/${id}/resume`, {});
      await shows('Running');
    }
    await api.json('POST', `/v1/campaigns/${id}/pause`, {});
    took.push(await shows('Paused'));
  }
  expect(Math.min(...took)).toBeLessThanOrEqual(FOLLOWS_WITHIN_MS);

  // Dropped, and not let in again: it asks.
  await page.route('**/v1/live/tickets', (route) => route.abort());
  await lines[0]?.close();
  await api.json('POST', `/v1/campaigns/${id}/resume`, {});
  await shows('Running');
  asked = 0;
  await page.waitForTimeout(5_000);
  expect(asked).toBeGreaterThanOrEqual(3);

  // Let in again: it is told, without anybody's doing.
  await page.unroute('**/v1/live/tickets');
  await expect.poll(() => lines.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
  await expect
    .poll(
      async () => {
        asked = 0;
        await page.waitForTimeout(4_000);
        return asked;
      },
      { timeout: 30_000 },
    )
    .toBeLessThanOrEqual(1);
  await api.json('POST', `/v1/campaigns/${id}/stop`, {});
  await expect(page.getByText(/^(Stopping|Completed)$/).first()).toBeVisible({ timeout: ASKS_EVERY_MS / 2 });
});
