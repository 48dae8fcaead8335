import type { Response } from '@playwright/test';

import { imported } from './made';
import { expect, signIn, test } from './pages';
import { Api } from './world';

/** How many people the list holds. CONTACTS=100000 is what it is made for; the importer then needs minutes. */
const PEOPLE = Number(process.env['CONTACTS'] ?? 1_000);
const PER_PAGE = 50;

/** Where the numbers of this run begin, in 0157 00000000 to 0157 99999999. */
const FROM = Math.floor(Math.random() * (99_999_999 - PEOPLE));
const digits = (n: number) => String(FROM + n).padStart(8, '0');

/** People of one family; the last is called like nobody else. */
function list(family: string): string {
  const at = family.toLowerCase();
  const rows = Array.from({ length: PEOPLE }, (_, n) => {
    const name = n === PEOPLE - 1 ? 'Zuletzt' : `Person${n}`;
    return `${name};${family};+49157${digits(n)};${name.toLowerCase()}@${at}.example`;
  });
  return ['First name;Last name;Phone;E-Mail', ...rows].join('\r\n');
}

test(`a list of ${PEOPLE} contacts is paged through and searched, and never read as a whole`, async ({ page }) => {
  test.setTimeout(60_000 + PEOPLE * 15);
  const family = `Groß${crypto.randomUUID().slice(0, 6)}`;
  await imported(await Api.as('globex', 'admin'), 'many.csv', list(family), 30_000 + PEOPLE * 10);

  const read: { limit: string | null; items: number; milliseconds: number }[] = [];
  const asked = async (response: Response) => {
    const url = new URL(response.url());
    if (url.pathname === '/v1/contacts' && response.ok()) {
      const { items } = (await response.json()) as { items: unknown[] };
      const { responseEnd, requestStart } = response.request().timing();
      read.push({ limit: url.searchParams.get('limit'), items: items.length, milliseconds: Math.round(responseEnd - requestStart) });
    }
  };
  const reading: Promise<void>[] = [];
  const listen = (response: Response) => void reading.push(asked(response));
  page.on('response', listen);
  await signIn(page, 'globex', 'admin', '/contacts');
  const rows = page.getByRole('row').filter({ has: page.getByRole('checkbox') });
  const names = page.getByRole('rowheader').getByRole('link');
  await expect(names).toHaveCount(PER_PAGE);

  // Ten pages on, each with people that no page before had, and back to where it began.
  const seen = new Set<string>();
  const begin = await names.first().textContent();
  for (let at = 1; at <= 10; at += 1) {
    const shown = await names.evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
    expect(shown.filter((href) => seen.has(href)), `page ${at}`).toEqual([]);
    shown.forEach((href) => seen.add(href));
    const last = shown.at(-1) ?? '';
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect(names.last()).not.toHaveAttribute('href', new URL(last).pathname);
  }
  expect(seen.size).toBe(10 * PER_PAGE);
  await page.getByRole('button', { name: /^Page 1 of/ }).click();
  await expect(names.first()).toHaveText(begin ?? '');
  expect(await rows.count()).toBeLessThanOrEqual(PER_PAGE + 1);

  // Whoever is last in it is found by the beginning of a name, by a number as people write it, and by an address.
  const search = page.getByRole('searchbox');
  for (const typed of [`zul ${family.toLowerCase()}`, `0157 ${digits(PEOPLE - 1)}`, `zuletzt@${family.toLowerCase()}`]) {
    await search.fill(typed);
    await expect(names, typed).toHaveText([`Zuletzt ${family}`]);
  }
  await search.fill('');
  await expect(names).toHaveCount(PER_PAGE);

  // What is still on its way would come after the test's end, where nobody can read it.
  page.off('response', listen);
  await Promise.all(reading);
  expect(read.length).toBeGreaterThan(10);
  for (const { limit, items } of read) {
    expect(Number(limit)).toBe(PER_PAGE);
    expect(items).toBeLessThanOrEqual(PER_PAGE);
  }
  const slowest = Math.max(...read.map(({ milliseconds }) => milliseconds));
  test.info().annotations.push({ type: 'pages', description: `${PEOPLE} contacts: ${read.length} pages read, the slowest in ${slowest} ms` });
});
