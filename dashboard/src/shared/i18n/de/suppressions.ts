import type { suppressions as en } from '../en/suppressions';

export const suppressions: Record<keyof typeof en, string> = {
  'suppressions.description':
    'Nummern und Adressen, die niemand kontaktiert, was auch immer eine Kampagne vorsieht. Das gilt sofort, auch für Anrufe, die schon anstehen.',
  'suppressions.none': 'Niemand steht auf der Liste',
  'suppressions.none.hint': 'Wer in einem Anruf widerspricht, kommt von selbst hierher.',
  'suppressions.add': 'Adresse hinzufügen',
  'suppressions.add.title': 'Nicht kontaktieren',
  'suppressions.added': '{address} steht jetzt auf der Sperrliste.',
  'suppressions.address': 'Nummer oder E-Mail-Adresse',
  'suppressions.address.hint': 'Eine Nummer in beliebiger Schreibweise oder eine E-Mail-Adresse.',
  'suppressions.reason': 'Grund',
  'suppressions.scope': 'Gilt für',
  'suppressions.source': 'Herkunft',
  'suppressions.source.call': 'Ein Anruf',
  'suppressions.source.import': 'Ein Import',
  'suppressions.source.row': 'Ein Import, Zeile {row}',
  'suppressions.source.self': 'Von Ihnen hinzugefügt',
  'suppressions.source.by': 'Hinzugefügt von {name}',
  'suppressions.source.user': 'Von Hand hinzugefügt',
  'suppressions.at': 'Seit',
  'suppressions.actions': 'Aktionen',
  'suppressions.remove.label': '{address} entfernen',
  'suppressions.remove.title': 'Kontakt wieder erlauben?',
  'suppressions.remove.text.wish':
    '{address} steht auf der Liste, weil die Person darum gebeten hat ({reason}). Entfernen Sie die Sperre nur, wenn die Person auch darum gebeten hat und Sie das belegen können.',
  'suppressions.remove.text.other': '{address} kann danach von jeder Kampagne wieder kontaktiert werden. Bisheriger Grund: {reason}.',
  'suppressions.removed': '{address} steht nicht mehr auf der Sperrliste.',

  'suppressionReason.opted_out': 'Hat widersprochen',
  'suppressionReason.do_not_call': 'Nicht kontaktieren',
  'suppressionReason.public_register': 'Öffentliches Register',
  'suppressionReason.complaint': 'Beschwerde',
  'suppressionReason.bounce': 'Unzustellbar',

  'suppressionScope.all': 'Jede Art von Kontakt',
  'suppressionScope.voice': 'Anrufe',
  'suppressionScope.sms': 'SMS',
  'suppressionScope.email': 'E-Mails',
};
