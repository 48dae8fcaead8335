import { test } from '@playwright/test';

import { stops, Visitors } from './tour';

const WIDTHS = { wide: 1440, narrow: 390 };
const asked = (name: 'ONLY' | 'LOOKS') => process.env[name]?.split(',');
const pages = asked('ONLY');
const looks = asked('LOOKS');

test('every page, in both themes, both widths and both languages', async ({ browser }) => {
  test.setTimeout(30 * 60_000);
  const visitors = new Visitors(browser);
  for (const stop of (await stops()).filter(({ name }) => !pages || pages.some((page) => name.startsWith(page)))) {
    for (const [size, width] of Object.entries(WIDTHS)) {
      for (const theme of ['light', 'dark'] as const) {
        for (const language of ['en', 'de'] as const) {
          const look = `${size}.${theme}.${language}`;
          if (looks && !looks.includes(look)) {
            continue;
          }
          const page = await visitors.visit(stop, { theme, language, width });
          // As long as the page is, by a window of that height: what is fixed to the window stays in its place.
          const length = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width, height: Math.min(Math.max(length, 844), 4000) });
          await page.screenshot({ path: `screenshots/${stop.name}.${look}.png` });
          await page.close();
        }
      }
    }
  }
  await visitors.close();
});
