import type { calls as en } from '../en/calls';

export const calls: Record<keyof typeof en, string> = {
  'outcome.interested': 'Interessiert',
  'outcome.opted_out': 'Widersprochen',
  'outcome.completed': 'Bis zum Ende gehört',
  'outcome.hung_up': 'Vorzeitig aufgelegt',
  'outcome.voicemail_left': 'Nachricht hinterlassen',
  'outcome.machine': 'Anrufbeantworter',
  'outcome.fax': 'Fax',
  'outcome.no_answer': 'Nicht abgenommen',
  'outcome.busy': 'Besetzt',
  'outcome.failed': 'Keine Verbindung',
  'outcome.invalid_number': 'Ungültige Nummer',
  'outcome.not_permitted': 'Vom Anbieter nicht erlaubt',
  'outcome.canceled': 'Abgebrochen',
  'outcome.not_placed': 'Nicht gewählt',

  'endReason.reached': 'Erreicht',
  'endReason.message_left': 'Nachricht hinterlassen',
  'endReason.opted_out': 'Widersprochen',
  'endReason.exhausted': 'Versuche aufgebraucht',
  'endReason.unreachable': 'Nummer nicht erreichbar',
  'endReason.suppressed': 'Auf der Sperrliste',
  'endReason.not_allowed': 'Von einer Regel untersagt',
  'endReason.no_window': 'Keine erlaubte Zeit mehr',
  'endReason.stopped': 'Kampagne beendet',
  'endReason.withdrawn': 'Zurückgezogen',

  'answeredBy.human': 'Ein Mensch',
  'answeredBy.machine_start': 'Anrufbeantworter, noch bei der Ansage',
  'answeredBy.machine_beep': 'Anrufbeantworter, nach dem Signalton',
  'answeredBy.machine_silence': 'Anrufbeantworter, nach Stille',
  'answeredBy.machine_other': 'Anrufbeantworter',
  'answeredBy.fax': 'Ein Faxgerät',
  'answeredBy.unknown': 'Nicht bekannt',

  'attemptState.dialing': 'Klingelt',
  'attemptState.in_call': 'Im Gespräch',
  'attemptState.ended': 'Beendet',

  'wish.interest': 'Hat die Taste für Interesse gedrückt',
  'wish.opt_out': 'Hat die Taste zum Widersprechen gedrückt',
};
