import type { QueryClient } from '@tanstack/react-query';

import { api, unwrap } from '../api/client';
import { Connection } from './connection';
import { Gather } from './gather';
import { concerns, mayChange, newsOf, type News } from './news';

/** How a page stays up to date: it is told what changes, and as long as it is not, it asks. Milliseconds. */
export const LIVE = {
  /** A campaign's own page: a pause made elsewhere shows within two seconds. */
  closely: 1_000,
  /** Lists in which something is moving. */
  loosely: 5_000,
  /** While changes are told: in case one was not. */
  told: 15_000,
} as const;

let told = false;

/** How old what is shown may be, at most, before it counts as stale. */
export const patience = (milliseconds: number): number => (told ? Math.max(milliseconds, 3 * LIVE.told) : milliseconds);

/** The interval for a query while `moving`, and none when nothing can change by itself. */
export function every(milliseconds: number, moving = true): number | false {
  return moving && (told ? Math.max(milliseconds, LIVE.told) : milliseconds);
}

/** The same for an interval that somebody else has chosen. To be asked each time, for it depends on the connection. */
export const paced = (interval: number | false) => (): number | false => interval !== false && every(interval);

/** News of one kind about one thing lead to reading it at most so often, milliseconds. */
const AT_MOST_EVERY: Record<News['type'], number> = { 'campaign.changed': 200, 'counters.changed': 1_500, 'import.changed': 1_000, 'agent.changed': 300, 'live_call.changed': 300 };

/** What is read anew at once, even where a reading is on its way: a pause, and a call that is offered. */
const AFRESH: readonly News['type'][] = ['campaign.changed', 'agent.changed', 'live_call.changed'];

/** Lets everything that is shown follow what the API tells. Ends with what is returned. */
export function follow(client: QueryClient): () => void {
  const gather = new Gather();
  const readAgain = (concerned: (key: readonly unknown[]) => boolean, afresh: boolean) =>
    void client.invalidateQueries(
      // A page that nobody sees reads when somebody does.
      { predicate: ({ queryKey }) => concerned(queryKey), refetchType: document.hidden ? 'none' : 'active' },
      // Counters change faster than they can be read: what is on its way is let come in.
      { cancelRefetch: afresh },
    );
  const onNews = (news: News) =>
    gather.do(JSON.stringify(news), AT_MOST_EVERY[news.type], () => readAgain((key) => concerns(news, key), AFRESH.includes(news.type)));
  const connection = new Connection(
    {
      ticket: async () => (await unwrap(api().POST('/v1/live/tickets'))).url,
      open: (address, { onOpen, onText, onClose }) => {
        const socket = new WebSocket(address);
        socket.addEventListener('open', onOpen);
        socket.addEventListener('message', ({ data }) => typeof data === 'string' && onText(data));
        socket.addEventListener('close', onClose);
        return socket;
      },
      random: Math.random,
      now: Date.now,
    },
    {
      onText: (text) => {
        const news = newsOf(text);
        if (news) {
          onNews(news);
        }
      },
      onHearing: (hears) => {
        told = hears;
        // Whatever happened while nobody told, and with it the pace at which each is asked for from now on.
        readAgain(mayChange, true);
      },
    },
  );
  const nudge = () => {
    if (!document.hidden) {
      connection.nudge();
    }
  };
  const cut = () => connection.cut();
  document.addEventListener('visibilitychange', nudge);
  addEventListener('online', nudge);
  addEventListener('offline', cut);
  connection.start();
  return () => {
    document.removeEventListener('visibilitychange', nudge);
    removeEventListener('online', nudge);
    removeEventListener('offline', cut);
    connection.stop();
    gather.stop();
    told = false;
  };
}
