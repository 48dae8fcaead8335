import { expect, test, vi } from 'vitest';

import { authorised, unwrap, type Tokens } from './client';
import { Problem, problemOf } from './problem';

const request = () => new Request('https://api.example/v1/contacts', { method: 'POST', body: '{"phone":"1"}' });
const answers = (...statuses: number[]) => {
  const sent: { token: string | null; body: string }[] = [];
  const send = vi.fn(async (given: Request) => {
    sent.push({ token: given.headers.get('authorization'), body: await given.text() });
    return new Response('{}', { status: statuses[sent.length - 1] ?? 200 });
  });
  return { send: send as unknown as typeof fetch, sent };
};

test('a request waits for a sign-in and then goes out once, whole', async () => {
  const { send, sent } = answers(201);
  let token: string | null = null;
  const tokens: Tokens = { current: async () => token, renew: async () => void (token = 'fresh') };
  expect((await authorised(tokens, send)(request())).status).toBe(201);
  expect(sent).toEqual([{ token: 'Bearer fresh', body: '{"phone":"1"}' }]);
});

test('a refused token is renewed and the request sent again with its body', async () => {
  const { send, sent } = answers(401, 200);
  const renew = vi.fn(async () => {});
  expect((await authorised({ current: async () => 'token', renew }, send)(request())).status).toBe(200);
  expect(renew).toHaveBeenCalledOnce();
  expect(sent.map(({ body }) => body)).toEqual(['{"phone":"1"}', '{"phone":"1"}']);
});

test('a chosen tenant goes along, and none if none is chosen', async () => {
  const seen: (string | null)[] = [];
  const send = (async (given: Request) => {
    seen.push(given.headers.get('x-carillon-tenant'));
    return new Response('{}');
  }) as unknown as typeof fetch;
  const tokens: Tokens = { current: async () => 'token', renew: async () => {} };
  await authorised(tokens, send, () => 'globex')(request());
  await authorised(tokens, send)(request());
  expect(seen).toEqual(['globex', null]);
});

test('what is refused for good is not asked for ever', async () => {
  const { send, sent } = answers(401, 401, 401, 401);
  const tokens: Tokens = { current: async () => 'token', renew: async () => {} };
  expect((await authorised(tokens, send)(request())).status).toBe(401);
  expect(sent).toHaveLength(3);
});

test('a problem is thrown by its kind, and a gateway in between by its status', async () => {
  const body = { type: 'urn:carillon:problem:changed', detail: 'Somebody was faster.', request_id: 'r' };
  const refused = unwrap(Promise.resolve({ error: body, response: new Response(null, { status: 412 }) }));
  await expect(refused).rejects.toMatchObject({ kind: 'changed', status: 412, requestId: 'r' });
  expect(problemOf(503, '<html>').kind).toBe('busy');
  expect(problemOf(418, null)).toBeInstanceOf(Problem);
});

test('a complaint about a part of a field is one about the field', () => {
  const problem = problemOf(422, { type: 'urn:carillon:problem:validation', errors: [{ field: 'window.mon[0]', message: 'no' }] });
  expect(problem.about('window')).toBe('no');
  expect(problem.about('win')).toBeUndefined();
});
