const KEY = 'carillon.reloaded';
const AGAIN_AFTER = 60_000;

/**
 * A page that has been open since before a deployment asks for files that are no longer there; reloaded, it has the new
 * ones. Not twice within a minute: a file that is missing for good must not have the page go round.
 */
export function reloadWhenReplaced(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (navigator.onLine && Date.now() - last > AGAIN_AFTER) {
      sessionStorage.setItem(KEY, String(Date.now()));
      event.preventDefault();
      location.reload();
    }
  });
}
