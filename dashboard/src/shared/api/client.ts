import createClient from 'openapi-fetch';

import { acting } from './acting';
import type { paths } from './schema';
import { problemOf } from './problem';

/** What the client needs to know of whoever is signed in. */
export interface Tokens {
  /** An id token, fresh; `null` if the session is over. */
  current: () => Promise<string | null>;
  /** Asks the person to sign in again and resolves once that is done; never loses what is on the page. */
  renew: () => Promise<void>;
}

/** `fetch` with a token. A session that is over is renewed on the spot, and the request sent again. */
export function authorised(tokens: Tokens, send: typeof fetch = fetch, tenant: () => string | null = () => null): (request: Request) => Promise<Response> {
  return async (request) => {
    for (let refused = 0; ; ) {
      const token = await tokens.current();
      if (token === null) {
        await tokens.renew();
        continue;
      }
      const attempt = new Request(request.clone());
      attempt.headers.set('authorization', `Bearer ${token}`);
      const chosen = tenant();
      if (chosen !== null) {
        attempt.headers.set('x-carillon-tenant', chosen);
      }
      const response = await send(attempt);
      // Twice refused with a new token: that is no longer about the session.
      if (response.status !== 401 || ++refused > 2) {
        return response;
      }
      await tokens.renew();
    }
  };
}

export type Client = ReturnType<typeof createClient<paths>>;

let client: Client | undefined;
let base = '';
let fetcher: ((request: Request) => Promise<Response>) | undefined;

export function connect(apiUrl: string, tokens: Tokens): void {
  base = apiUrl;
  fetcher = authorised(tokens, fetch, acting.in);
  client = createClient<paths>({ baseUrl: apiUrl, fetch: fetcher });
}

export function api(): Client {
  if (!client) {
    throw new Error('connect() comes first');
  }
  return client;
}

/** An answer with its version, for the edit that may follow. */
export interface Versioned<T> {
  value: T;
  etag: string;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) {
    throw problemOf(response.status, error);
  }
  return data as T;
}

export async function versioned<T>(answer: Promise<Answer<T>>): Promise<Versioned<T>> {
  const settled = await answer;
  const value = await unwrap(Promise.resolve(settled));
  return { value, etag: settled.response.headers.get('etag') ?? '*' };
}

/** A text answer (CSV), with its headers. */
export async function text(path: string): Promise<Response> {
  if (!fetcher) {
    throw new Error('connect() comes first');
  }
  const response = await fetcher(new Request(`${base}${path}`));
  if (!response.ok) {
    throw problemOf(response.status, await response.json().catch(() => null));
  }
  return response;
}

/** Names a creating request, so that sending it again creates nothing more. */
export const newKey = (): string => crypto.randomUUID();
