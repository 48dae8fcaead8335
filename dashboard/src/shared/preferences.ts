import { useSyncExternalStore } from 'react';

/** What somebody has chosen on this device. */
export interface Preferences {
  language: 'en' | 'de';
  theme: 'system' | 'light' | 'dark';
}

const KEY = 'carillon.preferences';

export function initialLanguage(languages: readonly string[]): Preferences['language'] {
  const first = languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'de' || tag === 'en');
  return first === 'de' ? 'de' : 'en';
}

function read(): Preferences {
  let kept: Partial<Preferences> = {};
  try {
    kept = (JSON.parse(localStorage.getItem(KEY) ?? '{}') ?? {}) as Partial<Preferences>;
  } catch {
    // What cannot be read is as good as not there.
  }
  const language = kept.language === 'de' || kept.language === 'en' ? kept.language : initialLanguage(navigator.languages);
  const theme = kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'system';
  return { language, theme };
}

let current = read();
const listeners = new Set<() => void>();

export const preferences = {
  get: () => current,
  set: (change: Partial<Preferences>) => {
    current = { ...current, ...change };
    localStorage.setItem(KEY, JSON.stringify(current));
    listeners.forEach((listener) => listener());
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function usePreferences(): Preferences {
  return useSyncExternalStore(preferences.subscribe, preferences.get);
}
