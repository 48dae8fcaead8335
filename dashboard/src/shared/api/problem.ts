import type { components } from './schema';

/** The API's one error answer (RFC 9457), as it is thrown here. */
export type ProblemBody = components['schemas']['Problem'];
export type FieldError = components['schemas']['FieldError'];

/** The last part of a problem's `type`, as the API's `problem.rs` names them, and two of the browser's own. */
export type ProblemKind =
  | 'malformed-json'
  | 'bad-query'
  | 'bad-header'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'erased'
  | 'method-not-allowed'
  | 'not-now'
  | 'exists'
  | 'changed'
  | 'too-large'
  | 'not-json'
  | 'validation'
  | 'key-reused'
  | 'if-match-missing'
  | 'busy'
  | 'internal'
  | 'offline'
  | 'unknown';

const KINDS: readonly string[] = [
  'malformed-json', 'bad-query', 'bad-header', 'unauthenticated', 'forbidden', 'not-found', 'erased',
  'method-not-allowed', 'not-now', 'exists', 'changed', 'too-large', 'not-json', 'validation', 'key-reused', 'if-match-missing', 'busy',
  'internal',
];

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly kind: ProblemKind,
    readonly status: number,
    readonly detail: string,
    readonly fields: readonly FieldError[] = [],
    readonly requestId: string | null = null,
  ) {
    super(`${kind} (${status})`);
  }

  /** The first complaint about a field, or about anything inside it. */
  about(field: string): string | undefined {
    return this.fields.find((error) => error.field === field || error.field.startsWith(`${field}.`) || error.field.startsWith(`${field}[`))
      ?.message;
  }
}

/** Whatever came back with an error status: a problem, or what a gateway on the way put in its place. */
export function problemOf(status: number, body: unknown): Problem {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemBody>;
  const word = typeof given.type === 'string' ? given.type.split(':').at(-1) : undefined;
  const kind = word && KINDS.includes(word) ? (word as ProblemKind) : byStatus(status);
  const fields = Array.isArray(given.errors) ? given.errors : [];
  return new Problem(kind, status, typeof given.detail === 'string' ? given.detail : '', fields, given.request_id ?? null);
}

function byStatus(status: number): ProblemKind {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not-found';
    case 429:
    case 503:
      return 'busy';
    default:
      return status >= 500 ? 'internal' : 'unknown';
  }
}

/** Anything that can be thrown on the way to the API. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  // fetch rejects with a TypeError when there is no answer at all.
  return new Problem(error instanceof TypeError ? 'offline' : 'unknown', 0, error instanceof Error ? error.message : '');
}
