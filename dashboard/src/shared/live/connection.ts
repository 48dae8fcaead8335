/** What is heard of a WebSocket. */
export interface Ears {
  onOpen: () => void;
  onText: (text: string) => void;
  onClose: () => void;
}

/** What is said to it. */
export interface Socket {
  send: (text: string) => void;
  close: () => void;
}

/** The world, as far as a connection needs it. */
export interface Ports {
  /** An address to connect to, good for one connection. */
  ticket: () => Promise<string>;
  open: (address: string, ears: Ears) => Socket;
  /** From 0 to 1. */
  random: () => number;
  /** Milliseconds since 1970. */
  now: () => number;
}

export interface Listener {
  onText: (text: string) => void;
  /** Whether changes are heard of from now on. What happened before, nobody repeats: read again what is shown. */
  onHearing: (hears: boolean) => void;
}

/** The first wait after a drop is below this; each one that follows may be twice as long, up to the longest. Milliseconds. */
export const FIRST_WAIT = 1_000;
export const LONGEST_WAIT = 60_000;
/** A connection that is not there by then will not come. */
export const OPENS_WITHIN = 10_000;
/** One that has lasted so long was a good one: the next wait is short again. */
export const LASTS = 10_000;
/** API Gateway ends a connection that is silent for ten minutes. */
export const SAYS_EVERY = 4 * 60_000;
/** The clock is looked at so often; a browser may make a minute of it in a tab that nobody sees. */
const LOOKS_EVERY = 10_000;
/** Whoever was away for longer has slept, and the connection may have died without a word. */
export const SLEPT = 150_000;

/** Any words do; they must not be a command. */
const STILL_HERE = '{"still":"here"}';

/**
 * A connection that comes back: after a drop, after a night asleep, after the two hours that API Gateway gives any of
 * them. It never gives up, and never asks in step with the other pages that were dropped at the same time.
 */
export class Connection {
  private socket: Socket | null = null;
  private hears = false;
  private failures = 0;
  /** Counts the attempts: what an earlier one still has to say is not listened to. */
  private attempt = 0;
  private openedAt = 0;
  private lookedAt = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private opening: ReturnType<typeof setTimeout> | undefined;
  private looking: ReturnType<typeof setInterval> | undefined;
  private saying: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly ports: Ports,
    private readonly listener: Listener,
  ) {}

  start(): void {
    this.lookedAt = this.ports.now();
    this.looking = setInterval(() => this.look(), LOOKS_EVERY);
    void this.connect();
  }

  stop(): void {
    clearInterval(this.looking);
    this.end();
  }

  /** The network is back, or somebody looks at the page again: now rather than when the wait is over. */
  nudge(): void {
    this.look();
    if (this.waiting !== undefined) {
      this.failures = 0;
      void this.connect();
    }
  }

  /** The network is gone: a connection may take minutes to find out by itself. */
  cut(): void {
    if (this.hears) {
      this.drop();
    }
  }

  private look(): void {
    const before = this.lookedAt;
    this.lookedAt = this.ports.now();
    if (this.lookedAt - before > SLEPT) {
      this.failures = 0;
      this.hear(false);
      void this.connect();
    }
  }

  private async connect(): Promise<void> {
    this.end();
    const attempt = this.attempt;
    const current = () => attempt === this.attempt;
    try {
      const address = await this.ports.ticket();
      if (!current()) {
        return;
      }
      this.opening = setTimeout(() => this.drop(), OPENS_WITHIN);
      this.socket = this.ports.open(address, {
        onOpen: () => current() && this.opened(),
        onText: (text) => current() && this.listener.onText(text),
        onClose: () => current() && this.drop(),
      });
    } catch {
      if (current()) {
        this.drop();
      }
    }
  }

  private opened(): void {
    clearTimeout(this.opening);
    this.openedAt = this.ports.now();
    this.saying = setInterval(() => this.socket?.send(STILL_HERE), SAYS_EVERY);
    this.hear(true);
  }

  /** Lets go of what there is, and listens to none of it any more. */
  private end(): void {
    this.attempt += 1;
    clearTimeout(this.waiting);
    clearTimeout(this.opening);
    clearInterval(this.saying);
    this.waiting = undefined;
    this.socket?.close();
    this.socket = null;
  }

  private drop(): void {
    if (this.hears && this.ports.now() - this.openedAt >= LASTS) {
      this.failures = 0;
    }
    this.end();
    this.hear(false);
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
    this.failures += 1;
    this.waiting = setTimeout(() => void this.connect(), this.ports.random() * longest);
  }

  private hear(hears: boolean): void {
    if (this.hears !== hears) {
      this.hears = hears;
      this.listener.onHearing(hears);
    }
  }
}
