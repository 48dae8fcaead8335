import { I18nProvider as CloudscapeTexts, type I18nProviderProps } from '@cloudscape-design/components/i18n';
import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';

import { formatFor, type Format } from '../format';
import { usePreferences, type Preferences } from '../preferences';
import type { Catalogue, MessageKey, PluralKey } from './en';

type Parameters = Record<string, string | number>;

export interface Texts {
  language: Preferences['language'];
  /** A text; `{name}` is replaced by the parameter of that name. */
  t: (key: MessageKey, parameters?: Parameters) => string;
  /** A text that depends on a number, which it may name as `{n}`. */
  n: (key: PluralKey, count: number, parameters?: Parameters) => string;
  /** A text whose key comes from data; the fallback if there is none. */
  maybe: (key: string, fallback: string) => string;
  format: Format;
}

interface Loaded {
  language: Preferences['language'];
  catalogue: Catalogue;
  cloudscape: I18nProviderProps.Messages;
}

/** Each language is a chunk of its own: one is loaded. */
const LANGUAGES: Record<Preferences['language'], () => Promise<[Catalogue, { default: I18nProviderProps.Messages }]>> = {
  en: () => Promise.all([import('./en').then((module) => module.en), import('@cloudscape-design/components/i18n/messages/all.en')]),
  de: () => Promise.all([import('./de').then((module) => module.de), import('@cloudscape-design/components/i18n/messages/all.de')]),
};

export function fill(text: string, parameters: Parameters = {}): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(parameters[name] ?? all));
}

export function textsOf(language: Preferences['language'], catalogue: Catalogue): Texts {
  const format = formatFor(language);
  const plural = new Intl.PluralRules(format.locale);
  const t: Texts['t'] = (key, parameters) => fill(catalogue[key], parameters);
  return {
    language,
    t,
    n: (key, count, parameters) => {
      const form = plural.select(count) === 'one' ? 'one' : 'other';
      return t(`${key}_${form}`, { n: format.number(count), ...parameters });
    },
    maybe: (key, fallback) => (catalogue as Record<string, string>)[key] ?? fallback,
    format,
  };
}

const Context = createContext<Texts | null>(null);

export function useTexts(): Texts {
  const texts = use(Context);
  if (!texts) {
    throw new Error('no TextsProvider');
  }
  return texts;
}

export function TextsProvider({ children }: { children: ReactNode }) {
  const { language } = usePreferences();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    let wanted = true;
    void LANGUAGES[language]().then(([catalogue, cloudscape]) => {
      if (wanted) {
        setLoaded({ language, catalogue, cloudscape: cloudscape.default });
      }
    });
    return () => {
      wanted = false;
    };
  }, [language]);
  useEffect(() => {
    if (loaded) {
      document.documentElement.lang = loaded.language;
    }
  }, [loaded]);
  const texts = useMemo(() => (loaded ? textsOf(loaded.language, loaded.catalogue) : null), [loaded]);
  if (!loaded || !texts) {
    return null;
  }
  return (
    <CloudscapeTexts locale={loaded.language} messages={[loaded.cloudscape]}>
      <Context value={texts}>{children}</Context>
    </CloudscapeTexts>
  );
}
