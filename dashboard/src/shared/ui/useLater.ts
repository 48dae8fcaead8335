import { useEffect, useState } from 'react';

/** A value once it has stood still for a while. */
export function useLater<T>(value: T, milliseconds = 300): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return later;
}
