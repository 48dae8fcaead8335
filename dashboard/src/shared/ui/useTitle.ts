import { useEffect } from 'react';

/** The page's name in the browser's tab; screen readers say it when the page changes. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Carillon` : 'Carillon';
  }, [title]);
}
