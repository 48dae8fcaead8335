import { Buffer } from 'node:buffer';

import { ended, made } from './made';
import { expect, signIn, test } from './pages';
import { Api, number, people } from './world';

/** A tone that grows louder, as a WAV file of so many seconds: the simulated network records silence. */
function tone(seconds: number): Buffer {
  const rate = 8_000;
  const samples = Int16Array.from({ length: rate * seconds }, (_, at) => 30_000 * (at / (rate * seconds)) * Math.sin((2 * Math.PI * 440 * at) / rate));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(2 * rate, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

test('a recorded call is seen as it sounds, and heard', async ({ page }) => {
  test.setTimeout(150_000);
  const phone = number();
  await people({ [phone]: [{ human: { ring_seconds: 2 } }] });
  const api = await Api.as('acme', 'admin');
  const id = await made(api, [phone], { calls_per_second: 5, record: true });
  await api.json('POST', `/v1/campaigns/${id}/start`, {});
  await ended(api, `/v1/campaigns/${id}`);

  await page.route('**/recordings/acme/**', async (route) => {
    // It is there, and its bucket lets this page have it.
    const response = await route.fetch();
    expect(response.status()).toBe(200);
    await route.fulfill({ response, body: tone(20), headers: { ...response.headers(), 'content-type': 'audio/wav', 'content-length': '' } });
  });
  await signIn(page, 'acme', 'supervisor', `/calls?campaign=${id}`);
  await page.getByRole('link', { name: phone }).click();
  const position = page.getByRole('slider', { name: 'Position in the recording' });
  await expect(position).toBeVisible({ timeout: 60_000 });
  // Silence would be bars of one height.
  const heights = () => position.locator('rect').evaluateAll((bars) => new Set(bars.map((bar) => bar.getAttribute('height'))).size);
  await expect.poll(heights).toBeGreaterThan(100);
  await position.focus();
  await page.keyboard.press('End');
  await expect(position).toHaveAttribute('aria-valuetext', '0:20 of 0:20');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(position).toHaveAttribute('aria-valuetext', '0:05 of 0:20');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(position).toHaveAttribute('aria-valuetext', '0:07 of 0:20');
  await page.getByRole('button', { name: 'Pause' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect((await download).suggestedFilename()).toMatch(/\.mp3$/);
});
