import type { Campaign } from '../../shared/api/types';
import { save } from '../../shared/save';
import { readResults } from './api';

/** A name that every file system takes. */
const fileName = (name: string): string => name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, '') || 'campaign';

export async function download({ id, plan }: Pick<Campaign, 'id' | 'plan'>): Promise<void> {
  save(await readResults(id), `${fileName(plan.name)}-results.csv`);
}
