import type { FieldError } from '../../../shared/api/types';
import type { Texts } from '../../../shared/i18n';
import type { LocalFault } from '../form';

/** What the API finds wrong with a plan, by field: it says so in English, and we know these. */
const KNOWN: Readonly<Record<string, string>> = {
  caller_ids: 'api.callerIds',
  daily_limit: 'api.dailyLimit',
  end_at: 'api.endAt',
  enrollments: 'api.enrollments',
  'script.voicemail': 'api.voicemail',
  'settings.twilio': 'api.twilio',
  window: 'api.window',
};

/** In the reader's language as far as we have words for it, and else as the API puts it. */
export function faultText({ field, message }: Pick<FieldError, 'field' | 'message'>, { maybe, language }: Texts): string {
  const known = KNOWN[field];
  return language === 'en' || !known ? message : maybe(`fault.${known}`, message);
}

export const localText = ({ fault, parameters }: LocalFault, { t }: Texts): string => t(`fault.${fault}`, parameters);
