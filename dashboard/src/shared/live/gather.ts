interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  again: (() => void) | null;
}

/** Does a thing at once; asked for it again within the gap, does it once more when that is over. Nothing is left undone. */
export class Gather {
  private readonly waiting = new Map<string, Waiting>();

  do(name: string, gap: number, act: () => void): void {
    const known = this.waiting.get(name);
    if (known) {
      known.again = act;
      return;
    }
    act();
    const timer = setTimeout(() => {
      const { again = null } = this.waiting.get(name) ?? {};
      this.waiting.delete(name);
      if (again) {
        this.do(name, gap, again);
      }
    }, gap);
    this.waiting.set(name, { timer, again: null });
  }

  stop(): void {
    this.waiting.forEach(({ timer }) => clearTimeout(timer));
    this.waiting.clear();
  }
}
