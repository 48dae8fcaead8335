import type { Campaign } from '../../shared/api/types';
import { readResults } from './api';

/** A name that every file system takes. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, '') || 'campaign';

export async function download({ id, plan }: Pick<Campaign, 'id' | 'plan'>): Promise<void> {
  const address = URL.createObjectURL(await readResults(id));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${fileName(plan.name)}-results.csv`;
  link.click();
  // Revoked at once, some browsers have not begun to read it.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
