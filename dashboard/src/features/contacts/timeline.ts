import type { Attempt, ConsentGiven, ContactFile, EndReason, Note, Suppression } from '../../shared/api/types';

/** Something that happened to a contact, or is to happen. */
export type Event =
  | { kind: 'due'; at: string; campaign: string; attempt: number }
  | { kind: 'call'; at: string; attempt: Attempt }
  | { kind: 'ended'; at: string; campaign: string; reason: EndReason | null }
  | { kind: 'consent'; at: string; consent: ConsentGiven }
  | { kind: 'note'; at: string; note: Note }
  | { kind: 'suppressed'; at: string; suppression: Suppression }
  | { kind: 'created'; at: string };

/** At the same moment, what follows from something comes after it: so it stands above it. */
const RANK: Record<Event['kind'], number> = { created: 0, consent: 1, call: 2, suppressed: 3, ended: 4, note: 5, due: 6 };

/** Everything, newest first. */
export function timelineOf(file: ContactFile): Event[] {
  const events: Event[] = [{ kind: 'created', at: file.created_at }];
  for (const consent of file.consents) {
    events.push({ kind: 'consent', at: consent.at, consent });
  }
  for (const note of file.notes) {
    events.push({ kind: 'note', at: note.created_at, note });
  }
  for (const suppression of file.suppressions) {
    events.push({ kind: 'suppressed', at: suppression.added_at, suppression });
  }
  for (const attempt of file.attempts) {
    events.push({ kind: 'call', at: attempt.created_at, attempt });
  }
  for (const { campaign, enrollment } of file.enrollments) {
    if (enrollment.ended_at) {
      events.push({ kind: 'ended', at: enrollment.ended_at, campaign, reason: enrollment.reason ?? null });
    } else if (enrollment.due_at) {
      events.push({ kind: 'due', at: enrollment.due_at, campaign, attempt: enrollment.attempts + 1 });
    }
  }
  return events.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || RANK[b.kind] - RANK[a.kind]);
}
