import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  /** Says that something was done. It goes away by itself, or when dismissed. */
  done: (text: string) => void;
}

const Context = createContext<Notices | null>(null);
const SHOWN_MS = 8_000;

export function useNotices(): Notices {
  const notices = use(Context);
  if (!notices) {
    throw new Error('no NoticesProvider');
  }
  return notices;
}

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const done = useCallback((text: string) => {
    const id = crypto.randomUUID();
    const remove = () => setItems((old) => old.filter((item) => item.id !== id));
    setItems((old) => [
      ...old.slice(-2),
      { id, type: 'success', content: text, dismissible: true, onDismiss: remove, ariaRole: 'status' },
    ]);
    setTimeout(remove, SHOWN_MS);
  }, []);
  return <Context value={useMemo(() => ({ items, done }), [items, done])}>{children}</Context>;
}
