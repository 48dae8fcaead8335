import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './pages';
import { signedIn, stops, visit, type Stop } from './tour';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${theme}`, async ({ browser }) => {
    test.setTimeout(5 * 60_000);
    const context = await browser.newContext();
    const storage: Record<string, Record<string, string>> = {};
    const ofRole = async (role: Stop['role']) => (role ? (storage[role] ??= await signedIn(context, role)) : {});
    for (const stop of await stops()) {
      const own = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const page = await own.newPage();
      await visit(page, stop, await ofRole(stop.role), { theme, language: 'en' });
      const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
      const found = violations.map(({ id, nodes }) => `${stop.name}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(' | ')}`);
      expect.soft(found, stop.path).toEqual([]);
      await own.close();
    }
  });
}
