import { useEffect, useRef, useState } from 'react';

import { newKey } from '../../shared/api/client';
import type { ImportOptions } from '../../shared/api/types';
import { useUnsaved } from '../../shared/ui/useUnsaved';
import { useCreateImport } from './api';
import { upload } from './upload';

/**
 * Creates an import and sends the file to its address. Sending again after a failure is the same import: the key stays
 * until one has arrived, or something else is to be sent.
 */
export function useSend() {
  const create = useCreateImport();
  const [sent, setSent] = useState<{ bytes: number; of: number } | null>(null);
  const controller = useRef<AbortController | null>(null);
  const last = useRef<{ what: string; key: string } | null>(null);
  const sending = sent !== null;

  useUnsaved(sending);
  useEffect(() => () => controller.current?.abort(), []);

  return {
    sending,
    percent: sent && sent.of > 0 ? Math.round((sent.bytes / sent.of) * 100) : 0,
    sent,
    cancel: () => controller.current?.abort(),
    /** The import's id; `null` if sending was cancelled. */
    start: async (file: Blob, name: string, options: ImportOptions): Promise<string | null> => {
      const what = JSON.stringify([name, file.size, options]);
      const key = last.current?.what === what ? last.current.key : newKey();
      last.current = { what, key };
      const abort = new AbortController();
      controller.current = abort;
      setSent({ bytes: 0, of: file.size });
      try {
        const { import: created, upload: address } = await create.mutateAsync({ file, name, options, key });
        await upload(file, address, { signal: abort.signal, onProgress: (bytes, of) => setSent({ bytes, of }) });
        last.current = null;
        return created.id;
      } catch (error) {
        if (abort.signal.aborted) {
          return null;
        }
        throw error;
      } finally {
        setSent(null);
      }
    },
  };
}
