import type { CampaignPlan, CallScript } from '../../shared/api/types';

/** Languages that calls are spoken in, each with the provider's neural voices. Any other may be typed. */
export const VOICES: Readonly<Record<string, readonly string[]>> = {
  'de-DE': ['Polly.Vicki-Neural', 'Polly.Daniel-Neural'],
  'de-AT': ['Polly.Hannah-Neural'],
  'de-CH': ['Polly.Sabrina-Neural'],
  'en-GB': ['Polly.Amy-Neural', 'Polly.Emma-Neural', 'Polly.Brian-Neural', 'Polly.Arthur-Neural'],
  'en-US': ['Polly.Joanna-Neural', 'Polly.Danielle-Neural', 'Polly.Ruth-Neural', 'Polly.Matthew-Neural', 'Polly.Stephen-Neural'],
  'en-AU': ['Polly.Olivia-Neural'],
  'en-IE': ['Polly.Niamh-Neural'],
  'en-IN': ['Polly.Kajal-Neural'],
  'es-ES': ['Polly.Lucia-Neural', 'Polly.Sergio-Neural'],
  'fr-FR': ['Polly.Lea-Neural', 'Polly.Remi-Neural'],
  'it-IT': ['Polly.Bianca-Neural', 'Polly.Adriano-Neural'],
  'nl-NL': ['Polly.Laura-Neural'],
  'pl-PL': ['Polly.Ola-Neural'],
  'pt-PT': ['Polly.Ines-Neural'],
};

/** `Vicki` of `Polly.Vicki-Neural`. */
export const voiceName = (voice: string): string => /^Polly\.(\w+)-/.exec(voice)?.[1] ?? voice;

export const SAMPLE_IDS = ['reminder', 'offer'] as const;
export type SampleId = (typeof SAMPLE_IDS)[number];

type Spoken = 'de' | 'en';
type Texts = Pick<CallScript, 'greeting' | 'goodbye' | 'voicemail'> & { menu: Pick<NonNullable<CallScript['menu']>, 'prompt' | 'interested_reply' | 'opted_out_reply'> };

/** Scripts to start from, in the language that is spoken, which is not that of the page. */
const TEXTS: Record<SampleId, Record<Spoken, Texts>> = {
  reminder: {
    en: {
      greeting: 'Hello {{first_name|there}}, this is an automated call. Your yearly service is due.',
      menu: {
        prompt: 'Press 1 and we will call you back to arrange an appointment. Press 9 if you want no more calls.',
        interested_reply: 'Thank you. We will call you back today.',
        opted_out_reply: 'Understood. We will not call you again.',
      },
      goodbye: 'Thank you, and goodbye.',
      voicemail: 'Hello {{first_name|}}, your yearly service is due. Please call us back to arrange an appointment.',
    },
    de: {
      greeting: 'Guten Tag {{first_name|}}, dies ist ein automatischer Anruf. Ihre jährliche Wartung steht an.',
      menu: {
        prompt: 'Drücken Sie die 1, und wir rufen Sie für einen Termin zurück. Drücken Sie die 9, wenn Sie keine Anrufe mehr wünschen.',
        interested_reply: 'Vielen Dank. Wir rufen Sie heute noch zurück.',
        opted_out_reply: 'Verstanden. Wir rufen Sie nicht mehr an.',
      },
      goodbye: 'Vielen Dank und auf Wiederhören.',
      voicemail: 'Guten Tag, Ihre jährliche Wartung steht an. Bitte rufen Sie uns für einen Termin zurück.',
    },
  },
  offer: {
    en: {
      greeting: 'Hello {{first_name|there}}, this is an automated call with an offer that you asked us to tell you about.',
      menu: {
        prompt: 'Press 1 and one of our advisers will call you back. Press 9 if you want no more calls.',
        interested_reply: 'Wonderful. An adviser will call you back shortly.',
        opted_out_reply: 'Understood. We will not call you again.',
      },
      goodbye: 'Thank you for your time. Goodbye.',
      voicemail: null,
    },
    de: {
      greeting: 'Guten Tag {{first_name|}}, dies ist ein automatischer Anruf mit einem Angebot, um das Sie uns gebeten haben.',
      menu: {
        prompt: 'Drücken Sie die 1, und eine Beraterin oder ein Berater ruft Sie zurück. Drücken Sie die 9, wenn Sie keine Anrufe mehr wünschen.',
        interested_reply: 'Wunderbar. Wir rufen Sie in Kürze zurück.',
        opted_out_reply: 'Verstanden. Wir rufen Sie nicht mehr an.',
      },
      goodbye: 'Vielen Dank für Ihre Zeit. Auf Wiederhören.',
      voicemail: null,
    },
  },
};

export function sampleTexts(id: SampleId, language: string): Texts {
  return TEXTS[id][language.toLowerCase().startsWith('de') ? 'de' : 'en'];
}

/** What is said where agents talk, to begin with: the organisation's name is missing, and asked for in brackets. */
const AGENT_TEXTS: Record<Spoken, Record<'whisper' | 'opening' | 'sorry', string>> = {
  en: {
    whisper: '{{name|Somebody}}. Press 1 to take the call.',
    opening: 'Hello {{first_name|there}}, one moment: a colleague is here for you.',
    sorry: 'Hello, this was a call from [your organisation]. Nobody is free to talk to you at the moment. Press 9 if you want no more calls.',
  },
  de: {
    whisper: '{{name|Jemand}}. Drücken Sie die 1, um den Anruf zu übernehmen.',
    opening: 'Guten Tag {{first_name|}}, einen Moment: Ich verbinde Sie.',
    sorry: 'Guten Tag, dies war ein Anruf von [Ihr Unternehmen]. Im Moment ist niemand für Sie frei. Drücken Sie die 9, wenn Sie keine Anrufe mehr wünschen.',
  },
};

export const agentTexts = (language: string) => AGENT_TEXTS[language.toLowerCase().startsWith('de') ? 'de' : 'en'];

/** What a new campaign begins with: a draft that the API takes as soon as it has a name and a greeting. */
export function newPlan(timezone: string, speaks: Spoken): CampaignPlan {
  const language = speaks === 'de' ? 'de-DE' : 'en-GB';
  const workday = [['09:00', '18:00']];
  return {
    name: '',
    purpose: 'informational',
    script: { language, voice: VOICES[language]?.[0] ?? null, greeting: '', menu: null, goodbye: null, voicemail: null },
    caller_ids: [],
    window: { mon: workday, tue: workday, wed: workday, thu: workday, fri: workday },
    waive_house_rules: false,
    timezone,
    retry: {
      attempts_max: 4,
      rules: {
        no_answer: { times: 2, after: 'PT20H', jitter_percent: 10, other_hour: true },
        busy: { times: 3, after: 'PT10M', jitter_percent: 20, other_hour: false },
        failed: { times: 1, after: 'PT1H', jitter_percent: 10, other_hour: false },
      },
    },
    pace: { calls_per_second: 1, ring_seconds: 30, wave_seconds: 60 },
    amd: 'sync',
    amd_tuning: {},
    record: false,
  };
}
