import { expect, it } from 'vitest';

import { sourceOf } from './source';

it('tells a call from a row of a file and from a person', () => {
  expect(sourceOf('acme.cmp_0192f3a4.con_5f0c6b1e.1')).toEqual({ kind: 'call', campaign: 'cmp_0192f3a4', contact: 'con_5f0c6b1e' });
  expect(sourceOf('imp_0192f3 row 17')).toEqual({ kind: 'import', import: 'imp_0192f3', row: '17' });
  expect(sourceOf('user 5b0c-11')).toEqual({ kind: 'user', user: '5b0c-11' });
  expect(sourceOf('the regulator’s list')).toEqual({ kind: 'other', text: 'the regulator’s list' });
});
