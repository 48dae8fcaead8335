/** Where a suppression is written down: the API's words, taken apart so that they can be links. */
export type Source =
  | { kind: 'call'; campaign: string; contact: string }
  | { kind: 'import'; import: string; row: string | null }
  | { kind: 'user'; user: string }
  | { kind: 'other'; text: string };

export function sourceOf(text: string): Source {
  const call = /(?:^|\.)(cmp_[0-9a-f]+)\.(con_[0-9a-f]+)(?:\.\d+)?$/.exec(text);
  if (call?.[1] && call[2]) {
    return { kind: 'call', campaign: call[1], contact: call[2] };
  }
  const row = /^(imp_[0-9a-f]+)(?: row (\d+))?/.exec(text);
  if (row?.[1]) {
    return { kind: 'import', import: row[1], row: row[2] ?? null };
  }
  return text.startsWith('user ') ? { kind: 'user', user: text.slice(5) } : { kind: 'other', text };
}
