import { expect, it } from 'vitest';

import { concerns, mayChange, newsOf, type News } from './news';

const KEYS = [
  ['overview'],
  ['campaigns', 'list'],
  ['campaigns', 'one', 'cmp_a'],
  ['campaigns', 'one', 'cmp_b'],
  ['campaigns', 'progress', 'cmp_a'],
  ['campaigns', 'enrollments', 'cmp_a', { state: 'waiting' }],
  ['campaigns', 'minutes', 'cmp_a', 3],
  ['calls', 'list', {}, null],
  ['imports', 'list', null],
  ['imports', 'one', 'imp_a'],
  ['imports', 'one', 'imp_b'],
  ['imports', 'rejects', 'imp_a'],
  ['contacts', 'one', 'con_a'],
  ['settings'],
  ['agents', 'me'],
  ['agents', 'list'],
  ['agents', 'board'],
  ['agents', 'call', 'liv_a'],
  ['agents', 'call', 'liv_b'],
  ['agents', 'story', 'liv_a'],
  ['agents', 'voicemails'],
  ['agents', 'queues'],
];
const concerned = (news: News) => KEYS.filter((key) => concerns(news, key)).map((key) => key.filter((part) => typeof part === 'string').join(' '));

it('reads what it knows, and nothing else', () => {
  expect(newsOf('{"type":"campaign.changed","data":{"campaign":"cmp_a","state":"paused"}}')).toEqual({ type: 'campaign.changed', campaign: 'cmp_a' });
  expect(newsOf('{"type":"import.changed","data":{"import":"imp_a"}}')).toEqual({ type: 'import.changed', import: 'imp_a' });
  expect(newsOf('{"type":"agent.changed","data":{"agent":"agt_a"}}')).toEqual({ type: 'agent.changed', agent: 'agt_a' });
  expect(newsOf('{"type":"live_call.changed","data":{"call":"liv_a"}}')).toEqual({ type: 'live_call.changed', call: 'liv_a' });
  for (const text of ['', 'null', '7', '{"type":"campaign.changed"}', '{"type":"moon.changed","data":{}}', '{"message":"Forbidden"}']) {
    expect(newsOf(text), text).toBeNull();
  }
});

it('a change concerns what shows it', () => {
  expect(concerned({ type: 'campaign.changed', campaign: 'cmp_a' })).toEqual([
    'overview',
    'campaigns list',
    'campaigns one cmp_a',
    'campaigns progress cmp_a',
    'campaigns enrollments cmp_a',
  ]);
  expect(concerned({ type: 'counters.changed', campaign: 'cmp_a' })).toEqual([
    'overview',
    'campaigns progress cmp_a',
    'campaigns enrollments cmp_a',
    'campaigns minutes cmp_a',
    'calls list',
  ]);
  expect(concerned({ type: 'import.changed', import: 'imp_a' })).toEqual(['overview', 'imports list', 'imports one imp_a']);
  expect(concerned({ type: 'agent.changed', agent: 'agt_a' })).toEqual(['agents me', 'agents list', 'agents board']);
  expect(concerned({ type: 'live_call.changed', call: 'liv_a' })).toEqual(['agents board', 'agents call liv_a', 'agents voicemails']);
});

it('after a silence, all that may have changed is read again, and nothing that is being typed over', () => {
  expect(KEYS.filter(mayChange)).toHaveLength(17);
  expect(mayChange(['imports', 'rejects', 'imp_a'])).toBe(false);
  expect(mayChange(['contacts', 'one', 'con_a'])).toBe(false);
});
