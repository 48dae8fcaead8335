import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Connection, FIRST_WAIT, LASTS, LONGEST_WAIT, OPENS_WITHIN, SAYS_EVERY, SLEPT, type Ears, type Socket } from './connection';

class Wire implements Socket {
  said: string[] = [];
  closed = false;
  constructor(
    readonly address: string,
    readonly ears: Ears,
  ) {}
  send(text: string) {
    this.said.push(text);
  }
  close() {
    this.closed = true;
  }
}

/** A world in which tickets are handed out until `refuses` says otherwise, and every wait is as long as it may be. */
function setUp({ random = () => 1 }: { random?: () => number } = {}) {
  const wires: Wire[] = [];
  const heard: string[] = [];
  const hearing: boolean[] = [];
  const world = { tickets: 0, refuses: false };
  const connection = new Connection(
    {
      ticket: async () => {
        if (world.refuses) {
          throw new TypeError('no network');
        }
        return `wss://live.example?ticket=${(world.tickets += 1)}`;
      },
      open: (address, ears) => {
        const wire = new Wire(address, ears);
        wires.push(wire);
        return wire;
      },
      random,
      now: () => Date.now(),
    },
    { onText: (text) => heard.push(text), onHearing: (hears) => hearing.push(hears) },
  );
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
  const last = () => wires[wires.length - 1] as Wire;
  return { connection, wires, heard, hearing, world, pass, last };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('connects with a ticket and passes on what it hears', async () => {
  const { connection, last, heard, hearing, pass } = setUp();
  connection.start();
  await pass(0);
  expect(last().address).toBe('wss://live.example?ticket=1');
  expect(hearing).toEqual([]);
  last().ears.onOpen();
  last().ears.onText('news');
  expect([hearing, heard]).toEqual([[true], ['news']]);
});

it('comes back after a drop with another ticket, and says that something may have been missed', async () => {
  const { connection, last, wires, hearing, pass } = setUp();
  connection.start();
  await pass(0);
  last().ears.onOpen();
  await pass(LASTS);
  last().ears.onClose();
  expect(hearing).toEqual([true, false]);
  await pass(FIRST_WAIT);
  expect(wires.map(({ address }) => address.at(-1))).toEqual(['1', '2']);
  last().ears.onOpen();
  expect(hearing).toEqual([true, false, true]);
});

it('no longer counts on a connection once the network is gone, and is back when that is', async () => {
  const { connection, last, wires, hearing, pass } = setUp();
  connection.start();
  await pass(0);
  last().ears.onOpen();
  connection.cut();
  expect([hearing, last().closed]).toEqual([[true, false], true]);
  connection.nudge();
  await pass(0);
  last().ears.onOpen();
  expect([hearing, wires.length]).toEqual([[true, false, true], 2]);
});

it('waits twice as long after each failure, up to a minute, and never gives up', async () => {
  const { connection, world, pass } = setUp();
  world.refuses = true;
  connection.start();
  await pass(24 * 3_600_000);
  world.refuses = false;
  expect(world.tickets).toBe(0);
  await pass(LONGEST_WAIT);
  expect(world.tickets).toBe(1);

  const other = setUp();
  const waits: number[] = [];
  other.connection.start();
  await other.pass(0);
  for (let drops = 0; drops < 8; drops += 1) {
    const before = Date.now();
    const tickets = other.world.tickets;
    other.last().ears.onClose();
    while (other.world.tickets === tickets) {
      await other.pass(500);
    }
    waits.push(Date.now() - before);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

it('spreads out those who were dropped at the same time', async () => {
  const { connection, world, last, pass } = setUp({ random: () => 0.25 });
  connection.start();
  await pass(0);
  last().ears.onClose();
  await pass(FIRST_WAIT / 4 - 1);
  expect(world.tickets).toBe(1);
  await pass(1);
  expect(world.tickets).toBe(2);
});

it('after a connection that lasted, the next one is soon there; one that never lasts is not hammered for', async () => {
  const { connection, world, last, pass } = setUp();
  connection.start();
  await pass(0);
  for (let drops = 0; drops < 4; drops += 1) {
    last().ears.onOpen();
    await pass(LASTS);
    last().ears.onClose();
    await pass(FIRST_WAIT);
  }
  expect(world.tickets).toBe(5);
  for (let drops = 0; drops < 4; drops += 1) {
    last().ears.onOpen();
    last().ears.onClose();
    await pass(FIRST_WAIT);
  }
  expect(world.tickets).toBeLessThan(9);
});

it('what does not open counts as dropped, and is not listened to when it opens after all', async () => {
  const { connection, wires, hearing, heard, pass } = setUp();
  connection.start();
  await pass(OPENS_WITHIN + FIRST_WAIT);
  expect(wires).toHaveLength(2);
  expect(wires[0]?.closed).toBe(true);
  wires[0]?.ears.onOpen();
  wires[0]?.ears.onText('late');
  wires[0]?.ears.onClose();
  expect([hearing, heard, wires.length]).toEqual([[], [], 2]);
});

it('is never silent for so long that the gateway ends it', async () => {
  const { connection, last, pass } = setUp();
  connection.start();
  await pass(0);
  last().ears.onOpen();
  await pass(3 * SAYS_EVERY);
  expect(last().said).toHaveLength(3);
  expect(() => JSON.parse(last().said[0] ?? '')).not.toThrow();
});

it('after a night asleep it does not trust the old connection', async () => {
  const { connection, wires, hearing, pass, last } = setUp();
  connection.start();
  await pass(0);
  last().ears.onOpen();
  // A machine that sleeps runs no timers.
  vi.setSystemTime(Date.now() + 9 * 3_600_000);
  connection.nudge();
  await pass(0);
  expect([wires.length, wires[0]?.closed, hearing]).toEqual([2, true, [true, false]]);
  last().ears.onOpen();
  expect(hearing).toEqual([true, false, true]);
  await pass(SLEPT);
  expect(wires).toHaveLength(2);
});

it('looking at the page again ends the wait, and disturbs nothing that works', async () => {
  const { connection, world, wires, last, pass } = setUp();
  world.refuses = true;
  connection.start();
  await pass(600_000);
  world.refuses = false;
  connection.nudge();
  await pass(0);
  expect(wires).toHaveLength(1);
  last().ears.onOpen();
  connection.nudge();
  await pass(0);
  expect(wires).toHaveLength(1);
});

it('once stopped, it is gone', async () => {
  const { connection, wires, hearing, world, pass } = setUp();
  connection.start();
  await pass(0);
  wires[0]?.ears.onOpen();
  connection.stop();
  wires[0]?.ears.onClose();
  await pass(3_600_000);
  expect([wires[0]?.closed, wires.length, hearing, world.tickets]).toEqual([true, 1, [true], 1]);
});

it('a ticket that comes after it was stopped is not used', async () => {
  const { connection, wires, pass } = setUp();
  connection.start();
  connection.stop();
  await pass(1_000);
  expect(wires).toHaveLength(0);
});
