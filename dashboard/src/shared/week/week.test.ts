import { describe, expect, it } from 'vitest';

import { cell, dayText, emptyWeek, intersection, isNeverOpen, openHours, paint, parseClock, parseDay, parseRuleHours, runs, weekOf, windowOf } from './week';

const office = weekOf({ mon: [['09:00', '12:00'], ['13:00', '18:30']], sat: [['10:00', '24:00']] });

describe('a week of hours', () => {
  it('is read and written as the API has it', () => {
    expect(windowOf(office)).toEqual({ mon: [['09:00', '12:00'], ['13:00', '18:30']], sat: [['10:00', '24:00']] });
    expect(isNeverOpen(emptyWeek())).toBe(true);
    expect(openHours(office)).toBe(3 + 5.5 + 14);
  });

  it('knows an hour that is open in part', () => {
    expect(cell(office, 'mon', 9)).toBe('open');
    expect(cell(office, 'mon', 12)).toBe('closed');
    expect(cell(office, 'mon', 18)).toBe('part');
    expect(cell(office, 'sat', 23)).toBe('open');
  });

  it('is painted in rectangles, whichever corner comes first, and keeps the minutes around them', () => {
    const painted = paint(office, { day: 1, hour: 18 }, { day: 0, hour: 12 }, true);
    expect(windowOf(painted)).toEqual({ mon: [['09:00', '19:00']], tue: [['12:00', '19:00']], sat: [['10:00', '24:00']] });
    const erased = paint(office, { day: 0, hour: 10 }, { day: 0, hour: 10 }, false);
    expect(dayText(erased.mon)).toBe('09:00–10:00, 11:00–12:00, 13:00–18:30');
    expect(paint(office, { day: 6, hour: 0 }, { day: 6, hour: 23 }, true).sun).toEqual([[0, 1440]]);
  });

  it('does not change the week that it paints on', () => {
    const before = structuredClone(office);
    paint(office, { day: 0, hour: 0 }, { day: 6, hour: 23 }, false);
    expect(office).toEqual(before);
  });

  it('reads times as people write them', () => {
    expect(parseClock('9')).toBe(540);
    expect(parseClock('9.30')).toBe(570);
    expect(parseClock('24:00')).toBe(1440);
    expect(parseClock('24:01')).toBeNull();
    expect(parseClock('9:60')).toBeNull();
    expect(parseDay('9-12, 13:15 – 18')).toEqual([[540, 720], [795, 1080]]);
    expect(parseDay('09:00–13:00; 12:00-14:00')).toEqual([[540, 840]]);
    expect(parseDay('')).toEqual([]);
    expect(parseDay('18-9')).toBeNull();
    expect(parseDay('9 to 12')).toEqual([[540, 720]]);
    expect(parseDay('morning')).toBeNull();
  });

  it('reads hours as a rule states them, and says where two meet', () => {
    const rule = parseRuleHours('Mon-Fri 10:00-13:00 14:00-20:00; Sat 09:00-17:00');
    expect(rule && windowOf(rule).fri).toEqual([['10:00', '13:00'], ['14:00', '20:00']]);
    expect(parseRuleHours('Someday 10:00-13:00')).toBeNull();
    expect(rule && windowOf(intersection(office, rule))).toEqual({
      mon: [['10:00', '12:00'], ['14:00', '18:30']],
      sat: [['10:00', '17:00']],
    });
  });

  it('joins days with the same hours into runs', () => {
    const week = paint(paint(emptyWeek(), { day: 0, hour: 9 }, { day: 4, hour: 17 }, true), { day: 6, hour: 9 }, { day: 6, hour: 17 }, true);
    expect(runs(week).map(({ first, last }) => [first, last])).toEqual([['mon', 'fri'], ['sun', 'sun']]);
  });
});
