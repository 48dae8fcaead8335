import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './pages';
import { stops, Visitors } from './tour';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${theme}`, async ({ browser }) => {
    test.setTimeout(10 * 60_000);
    const visitors = new Visitors(browser);
    for (const stop of await stops()) {
      const page = await visitors.visit(stop, { theme, language: 'en', width: 1440 });
      const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
      const found = violations.map(({ id, nodes }) => `${stop.name}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(found, stop.path).toEqual([]);
      await page.close();
    }
    await visitors.close();
  });
}
