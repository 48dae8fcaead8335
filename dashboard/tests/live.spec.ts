import type { WebSocketRoute } from '@playwright/test';

import { made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

test('told of changes, a page hardly asks; dropped, it asks; and it is told again', async ({ page }) => {
  test.setTimeout(120_000);
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
  await api.json('POST', `/v1/campaigns/${id}/pause`, {});
  await expect(page.getByText('Paused', { exact: true }).first()).toBeVisible({ timeout: 2_000 });

  // Dropped, and not let in again: it asks.
  await page.route('**/v1/live/tickets', (route) => route.abort());
  await lines[0]?.close();
  await api.json('POST', `/v1/campaigns/${id}/resume`, {});
  await expect(page.getByText('Running', { exact: true }).first()).toBeVisible({ timeout: 2_500 });
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
  await expect(page.getByText(/^(Stopping|Completed)$/).first()).toBeVisible({ timeout: 2_000 });
});
