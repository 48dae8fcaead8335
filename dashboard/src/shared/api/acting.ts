import { useSyncExternalStore } from 'react';

/**
 * The tenant that an operator acts in, if not the own: a choice of this tab, so that two tabs can show two tenants. The
 * API lets nobody else choose.
 */
const KEY = 'carillon.tenant';
const listeners = new Set<() => void>();

export const acting = {
  in: (): string | null => sessionStorage.getItem(KEY),
  choose: (tenant: string | null): void => {
    if (tenant === null) {
      sessionStorage.removeItem(KEY);
    } else {
      sessionStorage.setItem(KEY, tenant);
    }
    listeners.forEach((listener) => listener());
  },
};

export function useActingIn(): string | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, acting.in);
}
