import { test } from '@playwright/test';

import { look, stops, Visitors } from './tour';

const WIDTHS = { wide: 1440, narrow: 390 };
const asked = (name: 'ONLY' | 'LOOKS') => process.env[name]?.split(',');
const pages = asked('ONLY');
const looks = asked('LOOKS');

test('every page, in both themes, both widths and both languages', async ({ browser }) => {
  test.setTimeout(30 * 60_000);
  const visitors = new Visitors(browser);
  for (const stop of (await stops()).filter(({ name }) => !pages || pages.some((page) => name.startsWith(page)))) {
    for (const [size, width] of Object.entries(WIDTHS)) {
      for (const language of ['en', 'de'] as const) {
        const wanted = (['light', 'dark'] as const).filter((theme) => !looks || looks.includes(`${size}.${theme}.${language}`));
        const [theme] = wanted;
        if (!theme) {
          continue;
        }
        const page = await visitors.visit(stop, language, { theme, width });
        for (const shown of wanted) {
          await look(page, { theme: shown, width });
          // As long as the page is, by a window of that height: what is fixed to the window stays in its place.
          const length = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width, height: Math.min(Math.max(length, 844), 4000) });
          await page.screenshot({ path: `screenshots/${stop.name}.${size}.${shown}.${language}.png` });
        }
        await page.close();
      }
    }
  }
  await visitors.close();
});
