import { expect, it } from 'vitest';

import type { Attempt, ContactFile } from '../../shared/api/types';
import { timelineOf } from './timeline';

const attempt = (number: number, created_at: string) => ({ number, campaign: 'cmp_1', created_at }) as Attempt;

it('is newest first, with what is to come on top, and an end above the call that led to it', () => {
  const file = {
    created_at: '2026-11-01T08:00:00Z',
    consents: [{ kind: 'calls', evidence: 'form', at: '2026-11-01T08:00:00Z' }],
    notes: [{ id: 'not_1', text: 'After five', created_at: '2026-11-03T09:05:00Z' }],
    suppressions: [{ address: '+49', added_at: '2026-11-03T09:00:00Z' }],
    attempts: [attempt(1, '2026-11-02T09:00:00Z'), attempt(2, '2026-11-03T09:00:00Z')],
    enrollments: [
      { campaign: 'cmp_1', enrollment: { ended_at: '2026-11-03T09:00:00Z', reason: 'reached', attempts: 2 } },
      { campaign: 'cmp_2', enrollment: { due_at: '2026-12-01T09:00:00Z', attempts: 0 } },
    ],
  } as unknown as ContactFile;
  expect(timelineOf(file).map(({ kind, at }) => `${kind} ${at.slice(5, 10)}`)).toEqual([
    'due 12-01',
    'note 11-03',
    'ended 11-03',
    'suppressed 11-03',
    'call 11-03',
    'call 11-02',
    'consent 11-01',
    'created 11-01',
  ]);
});
