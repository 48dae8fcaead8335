import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, newKey, text, unwrap } from '../../shared/api/client';
import type { BulkAction, Contact, NewSegment, Segment } from '../../shared/api/types';
import { useMay } from '../../shared/api/queries';
import type { Question } from './api';

/** As many as the API changes in one request. */
const AT_ONCE = 100;

/** Whom an action is for: those that were picked, or everybody whom a segment finds. */
export type Whom = { contacts: readonly string[] } | { segment: string };

export interface Done {
  changed: number;
  unchanged: number;
}

/** The requests that it takes: those for a segment follow from each other's answers. */
async function carryOut(whom: Whom, action: BulkAction, key: string, onProgress: (so_far: Done) => void): Promise<Done> {
  const sum: Done = { changed: 0, unchanged: 0 };
  const send = async (part: { contacts?: string[]; segment?: string; cursor?: string | null }, at: number) => {
    const body = { ...part, action };
    const { changed, unchanged, next_cursor } = await unwrap(
      api().POST('/v1/contacts/bulk', { params: { header: { 'Idempotency-Key': `${key}-${at}` } }, body }),
    );
    sum.changed += changed;
    sum.unchanged += unchanged;
    onProgress({ ...sum });
    return next_cursor ?? null;
  };
  if ('contacts' in whom) {
    for (let from = 0; from < whom.contacts.length; from += AT_ONCE) {
      await send({ contacts: whom.contacts.slice(from, from + AT_ONCE) }, from);
    }
  } else {
    let cursor: string | null = null;
    let at = 0;
    do {
      cursor = await send({ segment: whom.segment, cursor }, at++);
    } while (cursor !== null);
  }
  return sum;
}

export function useBulk() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ whom, action, key, onProgress }: { whom: Whom; action: BulkAction; key: string; onProgress: (so_far: Done) => void }) =>
      carryOut(whom, action, key, onProgress),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['contacts'] });
      void client.invalidateQueries({ queryKey: ['suppressions'] });
      void client.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
}

export function useSegments() {
  const may = useMay();
  return useQuery({
    queryKey: ['segments'],
    queryFn: async () => (await unwrap(api().GET('/v1/segments', { params: { query: { limit: 200 } } }))).items,
    enabled: may('list_segments'),
    staleTime: 60_000,
  });
}

export function useSegmentChanges() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['segments'] });
  const at = ({ id, version }: Segment) => ({ path: { segment: id }, header: { 'If-Match': `"${version}"` } });
  return {
    create: useMutation({
      mutationFn: (body: NewSegment) => unwrap(api().POST('/v1/segments', { params: { header: { 'Idempotency-Key': newKey() } }, body })),
      onSettled,
    }),
    rename: useMutation({
      mutationFn: ({ segment, name }: { segment: Segment; name: string }) =>
        unwrap(api().PUT('/v1/segments/{segment}', { params: at(segment), body: { name, filter: segment.filter } })),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: (segment: Segment) => unwrap(api().DELETE('/v1/segments/{segment}', { params: at(segment) })),
      onSettled,
    }),
  };
}

/** Everybody who is searched for, as a file: read part by part, and each part appended as it is. */
export async function exportCsv(question: Question, onProgress: (bytes: number) => void, signal: AbortSignal): Promise<Blob> {
  const parts: Blob[] = [];
  let cursor: string | null = null;
  let bytes = 0;
  do {
    signal.throwIfAborted();
    const query = new URLSearchParams(Object.entries(question).filter(([, value]) => value !== ''));
    if (cursor !== null) {
      query.set('cursor', cursor);
    }
    const response = await text(`/v1/contacts.csv?${query.toString()}`);
    cursor = response.headers.get('x-next-cursor');
    const part = await response.blob();
    parts.push(part);
    bytes += part.size;
    onProgress(bytes);
  } while (cursor !== null);
  return new Blob(parts, { type: 'text/csv;charset=utf-8' });
}

export function useDuplicates(id: string) {
  const may = useMay();
  return useQuery({
    queryKey: ['contacts', 'duplicates', id],
    queryFn: async () => (await unwrap(api().GET('/v1/contacts/{contact}/duplicates', { params: { path: { contact: id } } }))).items,
    enabled: may('find_duplicates'),
    staleTime: 60_000,
  });
}

export function useMerge(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ other, etag, key }: { other: Contact; etag: string; key: string }) =>
      unwrap(
        api().POST('/v1/contacts/{contact}/merge', {
          params: { path: { contact: id }, header: { 'If-Match': etag, 'Idempotency-Key': key } },
          body: { other: other.id },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['contacts'] }),
  });
}
