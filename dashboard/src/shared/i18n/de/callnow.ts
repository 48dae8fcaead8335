import type { callNow as English } from '../en/callnow';

/** Ein Klick ruft an. */
export const callNow: Record<keyof typeof English, string> = {
  'callNow.title': '{name} anrufen',
  'callNow.button': 'Jetzt anrufen',
  'callNow.campaign': 'Als Anruf der Kampagne',
  'callNow.campaign.hint': 'Mit deren Absendernummer, Regeln und Zeiten, und deren Skript oder Agenten.',
  'callNow.byAgents': 'Agenten sprechen',
  'callNow.byScript': 'Das Skript spricht',
  'callNow.forMe': 'Zu mir durchstellen',
  'callNow.forMe.hint': 'Ihr Telefon klingelt, wenn angerufen wird. Sonst übernimmt, wer in der Warteschlange frei ist.',
  'callNow.paused': 'Diese Kampagne ist angehalten: Sobald sie weitergeht, wird hier zuerst angerufen.',
  'callNow.scheduled': 'Diese Kampagne hat noch nicht begonnen: Sobald sie beginnt, wird hier zuerst angerufen.',
  'callNow.go': '{number} anrufen',
  'callNow.hint': 'Der Kontakt kommt als Nächster an die Reihe. Erlauben es Regeln oder Zeiten gerade nicht, steht es hier.',
  'callNow.next': 'Als Nächstes an der Reihe',
  'callNow.dialing': 'Es klingelt',
  'callNow.in_call': 'Im Gespräch',
  'callNow.putOff': 'Nicht jetzt: frühestens {at}, Ortszeit des Kontakts',
  'callNow.refused': 'Nicht angerufen: {reason}',
  'callNow.why': 'Jeder Schritt mit seinen Regeln',
  'callNow.blocked': 'Auf der Sperrliste',
  'callNow.blocked.hint': 'Diese Nummer darf niemand mehr anrufen.',
  'callNow.noCampaign': 'Keine Kampagne, aus der angerufen werden kann',
  'callNow.noCampaign.hint': 'Ein Anruf hat Absendernummer, Skript oder Agenten und Regeln einer Kampagne. Starten Sie zuerst eine.',
};
