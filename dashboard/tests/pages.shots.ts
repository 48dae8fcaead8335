import { test } from '@playwright/test';

import { stops, Visitors } from './tour';

const WIDTHS = { wide: 1440, narrow: 390 };
const wanted = process.env['ONLY']?.split(',');

test('every page, in both themes, both widths and both languages', async ({ browser }) => {
  test.setTimeout(30 * 60_000);
  const visitors = new Visitors(browser);
  for (const stop of (await stops()).filter(({ name }) => !wanted || wanted.some((one) => name.startsWith(one)))) {
    for (const [size, width] of Object.entries(WIDTHS)) {
      for (const theme of ['light', 'dark'] as const) {
        for (const language of ['en', 'de'] as const) {
          const page = await visitors.visit(stop, { theme, language, width });
          await page.screenshot({ path: `screenshots/${stop.name}.${size}.${theme}.${language}.png`, fullPage: true });
          await page.close();
        }
      }
    }
  }
  await visitors.close();
});
