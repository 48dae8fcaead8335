import { useSyncExternalStore } from 'react';

import { idToken } from './session';
import type { Tokens } from '../api/client';

/**
 * A session that is over, and the requests that wait for it. The dialog that asks for the password lies over the page,
 * so that nothing typed there is lost; once signed in again, the requests go out as if nothing had happened.
 */
let waiting: { promise: Promise<void>; resolve: () => void } | null = null;
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((listener) => listener());

export function askToRenew(): Promise<void> {
  if (!waiting) {
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    waiting = { promise, resolve };
    tell();
  }
  return waiting.promise;
}

export function renewed(): void {
  const done = waiting;
  waiting = null;
  tell();
  done?.resolve();
}

export function useIsRenewing(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting !== null,
  );
}

export const tokens: Tokens = {
  current: () => idToken(),
  // The API may refuse a token that looks fresh here (a clock that is wrong): one from the pool is tried first.
  renew: async () => {
    if ((await idToken(true).catch(() => null)) === null) {
      await askToRenew();
    }
  },
};
