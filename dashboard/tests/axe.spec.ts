import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './pages';
import { look, stops, Visitors } from './tour';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDTHS = { wide: 1440, narrow: 390 };

for (const [size, width] of Object.entries(WIDTHS)) {
  test(`axe finds nothing on any page, ${size}, light and dark`, async ({ browser }) => {
    test.setTimeout(10 * 60_000);
    const visitors = new Visitors(browser);
    for (const stop of await stops()) {
      const page = await visitors.visit(stop, 'en', { theme: 'light', width });
      for (const theme of ['light', 'dark'] as const) {
        await look(page, { theme, width });
        const axe = new AxeBuilder({ page });
        // What is not about colours is the same in the dark.
        const { violations } = await (theme === 'light' ? axe.withTags(TAGS) : axe.withRules(['color-contrast'])).analyze();
        const found = violations.map(({ id, nodes }) => `${stop.name}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
        expect.soft(found, `${stop.path} (${theme})`).toEqual([]);
      }
      await page.close();
    }
    await visitors.close();
  });
}
