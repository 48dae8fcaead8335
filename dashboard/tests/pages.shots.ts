import { test } from '@playwright/test';

import { signedIn, stops, visit, type Stop } from './tour';

const WIDTHS = { wide: 1440, narrow: 390 };
const wanted = process.env['ONLY']?.split(',');

test('every page, in both themes, both widths and both languages', async ({ browser }) => {
  test.setTimeout(20 * 60_000);
  const tour = (await stops()).filter(({ name }) => !wanted || wanted.some((one) => name.startsWith(one)));
  const context = await browser.newContext();
  const storage: Record<string, Record<string, string>> = {};
  const ofRole = async (role: Stop['role']) => (role ? (storage[role] ??= await signedIn(context, role)) : {});
  for (const stop of tour) {
    const kept = await ofRole(stop.role);
    for (const [width, pixels] of Object.entries(WIDTHS)) {
      for (const theme of ['light', 'dark'] as const) {
        for (const language of ['en', 'de'] as const) {
          const page = await browser.newPage({ viewport: { width: pixels, height: width === 'wide' ? 900 : 844 } });
          try {
            await visit(page, stop, kept, { theme, language });
            // What comes in slowly: fonts, transitions.
            await page.waitForTimeout(300);
            await page.screenshot({ path: `screenshots/${stop.name}.${width}.${theme}.${language}.png`, fullPage: true });
          } finally {
            await page.close();
          }
        }
      }
    }
  }
});
