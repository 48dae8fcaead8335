import { expect, it } from 'vitest';

import { grouped, marked, stateOf, type Call } from './leads';

const call = (id: string, contact: string, handled: Call['handled'] = null): Call => ({
  id,
  contact,
  handled,
  campaign: 'cmp_1',
  to: '+4930901820',
  from: '+4930901821',
  number: 1,
  created_at: '2027-03-01T09:00:00Z',
});
const MARK = { by: 'ada', at: '2027-03-01T10:00:00Z' };
const ids = ({ items }: { items: readonly Call[] }) => items.map(({ id }) => id);

it('shows what waits, unless the address asks for something that there is', () => {
  expect(stateOf(new URLSearchParams())).toBe('open');
  expect(stateOf(new URLSearchParams('state=handled'))).toBe('handled');
  expect(stateOf(new URLSearchParams('state=nonsense'))).toBe('open');
});

it('a person is one lead, with every call that waits', () => {
  const leads = grouped([call('3', 'ada'), call('2', 'ben', MARK), call('1', 'ada'), call('0', 'ada', MARK)]);
  expect(leads.map(({ id, waiting }) => [id, waiting])).toEqual([
    ['3', ['3', '1']],
    ['2', []],
  ]);
});

it('what has been taken care of leaves the open ones and nothing else', () => {
  const page = { items: grouped([call('3', 'ada'), call('2', 'ben')]), next_cursor: 'x' };
  const handled = marked(page, 'open', ['3'], MARK);
  expect(ids(handled)).toEqual(['2']);
  expect(handled.next_cursor).toBe('x');
  expect(marked(page, 'all', ['3'], MARK).items[0]).toMatchObject({ handled: MARK, waiting: [] });
});

it('what is open again leaves those that are not, and can be marked once more', () => {
  const page = { items: grouped([call('3', 'ada', MARK), call('2', 'ben', MARK)]) };
  expect(ids(marked(page, 'handled', ['3'], null))).toEqual(['2']);
  expect(marked(page, 'all', ['3'], null).items[0]).toMatchObject({ handled: null, waiting: ['3'] });
});
