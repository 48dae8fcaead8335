import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, signIn, test } from './pages';

/** Somebody's CRM: keeps what it is told, and answers as it is told to. */
class Receiver {
  readonly heard: { headers: IncomingHttpHeaders; body: string }[] = [];
  status = 204;
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      this.heard.push({ headers: request.headers, body });
      response.writeHead(this.status).end();
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/crm`;
  }

  close(): void {
    this.server.close();
  }
}

test('a webhook is set up, tried out, and sent again; its secret is shown once and signs', async ({ page }) => {
  test.setTimeout(120_000);
  const receiver = new Receiver();
  const url = await receiver.open();
  await signIn(page, 'globex', 'admin', '/settings?tab=webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('button', { name: 'Set up' }).click();
  await expect(form.getByText('This is needed.')).toHaveCount(2);
  await form.getByLabel('Address').fill(url);
  await form.getByLabel('A call has ended').check();
  await form.getByRole('button', { name: 'Set up' }).click();
  const shown = page.getByRole('dialog', { name: 'The webhook’s secret' });
  const secret = (await shown.getByText(/^whsec_/).innerText()).trim();
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await page.reload();
  await expect(page.getByText(secret)).toHaveCount(0);

  await page.getByRole('link', { name: url }).click();
  await page.getByRole('button', { name: 'Send a test event' }).click();
  const row = page.getByRole('row').filter({ hasText: 'ping' }).first();
  await expect(row.getByText('HTTP 204')).toBeVisible({ timeout: 30_000 });
  const told = receiver.heard[0];
  const signed = `${String(told?.headers['webhook-id'])}.${String(told?.headers['webhook-timestamp'])}.${told?.body ?? ''}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  expect(told?.headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);

  await row.getByRole('button', { name: /^Send ping of/ }).click();
  await expect.poll(() => receiver.heard.length, { timeout: 30_000 }).toBe(2);
  expect(receiver.heard[1]?.headers['webhook-id']).toBe(told?.headers['webhook-id']);

  // A receiver in trouble: what it answered stands there, and when it is tried again.
  receiver.status = 500;
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await expect(page.getByText('HTTP 500').first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/^next try/).first()).toBeVisible();
  await page.getByRole('button', { name: /^ping of/ }).first().click();
  await expect(page.getByRole('dialog').getByText('"type": "ping"')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: /Close/ }).first().click();

  await page.getByRole('link', { name: 'All webhooks' }).click();
  await page.getByRole('button', { name: `Actions for ${url}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('link', { name: url })).toHaveCount(0);
  receiver.close();
});
