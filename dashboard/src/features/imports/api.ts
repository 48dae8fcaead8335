import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, newKey, text, unwrap } from '../../shared/api/client';
import { useMay } from '../../shared/api/queries';
import type { Import, ImportOptions } from '../../shared/api/types';
import { every, LIVE } from '../../shared/live';
import { parseRejects, SHOWN_BYTES } from './rejects';

/** States in which something happens by itself. */
export const isMoving = ({ state }: Import): boolean => state === 'awaiting_upload' || state === 'reading' || state === 'undoing';

export function useImports(cursor: string | undefined) {
  return useQuery({
    queryKey: ['imports', 'list', cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/imports', { params: { query: { limit: 25, cursor } } })),
    placeholderData: (before) => before,
    refetchInterval: (query) => every(LIVE.loosely, query.state.data?.items.some(isMoving) ?? false),
  });
}

export function useImport(id: string) {
  return useQuery({
    queryKey: ['imports', 'one', id],
    queryFn: () => unwrap(api().GET('/v1/imports/{import}', { params: { path: { import: id } } })),
    refetchInterval: (query) => every(LIVE.closely, query.state.data !== undefined && isMoving(query.state.data)),
  });
}

/** What the last file's columns were taken for: the next one of the same kind is most likely the same. */
export function useRemembered() {
  return useQuery({
    queryKey: ['imports', 'remembered'],
    queryFn: async () => {
      const { items } = await unwrap(api().GET('/v1/imports', { params: { query: { limit: 25 } } }));
      return items.find((one) => one.state === 'completed' && one.mapping)?.mapping ?? {};
    },
    staleTime: 60_000,
  });
}

export function useCreateImport() {
  return useMutation({
    mutationFn: ({ file, name, options, key }: { file: Blob; name: string; options: ImportOptions; key: string }) =>
      unwrap(
        api().POST('/v1/imports', {
          params: { header: { 'Idempotency-Key': key } },
          body: { file_name: name, size: file.size, options },
        }),
      ),
  });
}

/** `retry` and `undo`: both answer with the import as it is now. */
export function useImportCommand(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (command: 'retry' | 'undo') => {
      const params = { path: { import: id }, header: { 'Idempotency-Key': newKey() } };
      return unwrap(
        command === 'retry' ? api().POST('/v1/imports/{import}/retry', { params }) : api().POST('/v1/imports/{import}/undo', { params }),
      );
    },
    onSuccess: (changed) => {
      client.setQueryData(['imports', 'one', id], changed);
      void client.invalidateQueries({ queryKey: ['imports'] });
      void client.invalidateQueries({ queryKey: ['contacts'] });
    },
  });
}

const rejectsAddress = (id: string) => unwrap(api().GET('/v1/imports/{import}/rejects', { params: { path: { import: id } } }));

/** Where the whole file of refused rows can be fetched, for a quarter of an hour. */
export async function downloadRejects(id: string): Promise<void> {
  const { url } = await rejectsAddress(id);
  location.assign(url);
}

/** The beginning of a body as text, and whether that is all of it. */
async function readUpTo(response: Response, limit: number): Promise<{ body: string; complete: boolean }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let body = '';
  for (let read = 0; reader && read < limit; ) {
    const { done, value } = await reader.read();
    if (done) {
      return { body: body + decoder.decode(), complete: true };
    }
    read += value.byteLength;
    body += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return { body, complete: reader === undefined };
}

export function useRejects(id: string, wanted: boolean) {
  return useQuery({
    queryKey: ['imports', 'rejects', id],
    queryFn: async ({ signal }) => {
      const { url } = await rejectsAddress(id);
      const response = await fetch(url, { signal, credentials: 'omit' });
      if (!response.ok) {
        throw new Error(`HTTP ${response.status}`);
      }
      const { body, complete } = await readUpTo(response, SHOWN_BYTES);
      return parseRejects(body, complete);
    },
    enabled: wanted,
    // What was refused stays refused: read once, so that what is typed over it stays put.
    staleTime: Infinity,
  });
}

export const template = async (): Promise<Blob> => (await text('/v1/imports/template.csv')).blob();

/** The country that the tenant's own numbers are of, where the role may know it. */
export function useOwnCountry() {
  const may = useMay();
  return useQuery({
    queryKey: ['imports', 'own-country'],
    queryFn: async () => (await unwrap(api().GET('/v1/settings'))).default_country ?? null,
    enabled: may('read_settings'),
    staleTime: 5 * 60_000,
  });
}
