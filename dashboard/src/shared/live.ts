/**
 * How a page stays up to date: the one place that decides. Today it asks every so often while the page is seen; a push
 * channel would invalidate the same query keys and make these intervals the fallback.
 */
export const LIVE = {
  /** A campaign's own page: a pause made elsewhere shows within two seconds. */
  closely: 1_000,
  /** Lists in which something is moving. */
  loosely: 5_000,
} as const;

/** The interval for a query while `moving`, and none when nothing can change by itself. */
export function every(milliseconds: number, moving: boolean): number | false {
  return moving ? milliseconds : false;
}
