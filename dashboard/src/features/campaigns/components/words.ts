import type { Texts } from '../../../shared/i18n';

/** `English (United Kingdom)`; a tag that is none, as it stands. */
export function languageName(tag: string, { format }: Texts): string {
  try {
    return new Intl.DisplayNames([format.locale], { type: 'language', languageDisplay: 'standard' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
