import { expect, it } from 'vitest';

import { capFormOf, capOf, faultOf, newCap } from './caps';

it('a limit comes back as it went in, whichever way its period is written', () => {
  const cap = { name: 'three a week', channel: 'voice' as const, count: 3, per: 'PT168H' };
  expect(capOf(capFormOf(cap))).toEqual({ ...cap, per: 'P7D' });
  expect(capFormOf({ ...cap, per: 'PT5H' }).per).toBe('PT5H');
  expect(capOf(capFormOf({ ...cap, channel: null })).channel).toBeNull();
});

it('a limit needs a name and a number', () => {
  expect(faultOf(newCap())).toBe('name');
  expect(faultOf({ ...newCap(), name: 'x', count: '0' })).toBe('count');
  expect(faultOf({ ...newCap(), name: 'x' })).toBeNull();
});
