import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { expect, test } from './pages';
import { look, stops, Visitors, type Look, type Stop } from './tour';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTH = 1440;
/** As high as the longest form: what lies behind the bar of its buttons is scrolled to before it is touched. */
const HEIGHT = 1600;
/** Pages side by side: while one is being read another is looked at. */
const HALVES = 2;

async function violations(page: Page, theme: Look['theme']): Promise<string[]> {
  await look(page, { theme, width: WIDTH, height: HEIGHT });
  // No frames of others are on our pages: without them axe needs no page of its own.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
  // What is not about colours is the same in the dark.
  const found = await (theme === 'light' ? axe.withTags(TAGS) : axe.withRules(['color-contrast'])).analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
}

test.describe.configure({ mode: 'parallel' });

for (let half = 0; half < HALVES; half++) {
  test(`axe finds nothing on any page, in light and dark: ${half + 1} of ${HALVES}`, async ({ browser }) => {
    test.setTimeout(10 * 60_000);
    const visitors = new Visitors(browser);
    const mine = (await stops()).filter((_: Stop, at: number) => at % HALVES === half);
    for (const stop of mine) {
      const page = await visitors.visit(stop, 'en', { theme: 'light', width: WIDTH, height: HEIGHT });
      for (const theme of ['light', 'dark'] as const) {
        expect.soft(await violations(page, theme), `${stop.name}, ${theme}`).toEqual([]);
      }
      await page.close();
    }
    await visitors.close();
  });
}
