import { applyMode, Mode } from '@cloudscape-design/global-styles';

import { preferences } from './preferences';

/** Keeps the page in the mode that was chosen, or else in the system's. */
export function followTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const { theme } = preferences.get();
    const dark = theme === 'dark' || (theme === 'system' && system.matches);
    applyMode(dark ? Mode.Dark : Mode.Light);
    document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  };
  system.addEventListener('change', apply);
  preferences.subscribe(apply);
  apply();
}
