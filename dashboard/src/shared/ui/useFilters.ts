import { useSearchParams } from 'react-router';

/** What a list is filtered by, as it stands in the address; and how that is changed, an empty value taking a filter away. */
export function useFilters(): [URLSearchParams, (change: Record<string, string | undefined>) => void] {
  const [search, setSearch] = useSearchParams();
  const set = (change: Record<string, string | undefined>) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        for (const [name, value] of Object.entries(change)) {
          if (value) {
            next.set(name, value);
          } else {
            next.delete(name);
          }
        }
        return next;
      },
      { replace: true },
    );
  return [search, set];
}
