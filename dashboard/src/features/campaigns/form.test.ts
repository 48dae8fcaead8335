import { describe, expect, it } from 'vitest';

import { differences, faultsOf, formOf, inStep, planOf, stepOf } from './form';
import { merge } from './merge';
import { newPlan } from './samples';
import { fieldsOf, parseTemplate, render } from './template';
import { instantOf, localOf } from './zoned';

const plan = {
  ...newPlan('Europe/Berlin', 'en'),
  name: 'Spring',
  caller_ids: ['+442079460123'],
  start_at: '2027-03-01T08:00:00Z',
  daily_limit: 500,
  script: {
    language: 'en-GB',
    voice: null,
    greeting: 'Hello {{first_name|there}}.',
    menu: { prompt: 'Press 1 or 9.', interest_key: '1', opt_out_key: '9', interested_reply: 'Thanks.', opted_out_reply: 'Sorry.', wait_seconds: 5, repeats: 1 },
    goodbye: null,
    voicemail: 'Please call back.',
  },
};

describe('the form of a plan', () => {
  it('gives the plan back that it was made of', () => {
    expect(differences(plan, planOf(formOf(plan)))).toEqual([]);
  });

  it('has nothing to complain of in a plan that the API takes', () => {
    expect(faultsOf(formOf(plan))).toEqual([]);
  });

  it('finds what the API would refuse, by the same names', () => {
    const form = formOf(plan);
    const broken = {
      ...form,
      name: ' ',
      greeting: 'Hello {{password}}',
      menu: { ...form.menu, optOutKey: '1', waitSeconds: '31' },
      ringSeconds: '14',
      week: formOf({ ...plan, window: {} }).week,
      end: { date: '2027-02-01', time: '09:00' },
    };
    expect(faultsOf(broken).map(({ field, fault }) => [field, fault])).toEqual([
      ['name', 'name'],
      ['script.greeting', 'template.unknownField'],
      ['script.menu.wait_seconds', 'range'],
      ['script.menu.opt_out_key', 'sameKey'],
      ['pace.ring_seconds', 'range'],
      ['window', 'neverOpen'],
      ['end_at', 'endBeforeStart'],
    ]);
  });

  it('keeps a telephone outside, unless agents take the calls', () => {
    const forward = { number: '+4930901820', when: 'answer', opening: null, sorry: 'This was Acme.', refusal_key: '9', ring_seconds: 20 } as const;
    const forwarded = { ...plan, agents: null, forward };
    expect(differences(forwarded, planOf(formOf(forwarded)))).toEqual([]);
    expect(planOf({ ...formOf(forwarded), hasAgents: true }).forward).toBeNull();
  });

  it('gives back how agents take the calls, and asks what they need', () => {
    const agents = { queue: 'que_1', when: 'interest', ring: 'on_answer', transfer: 'blind', whisper: '{{name|Somebody}}.', opening: null, sorry: 'This was Acme.', refusal_key: '8', offer_seconds: 15, patience_seconds: 0 } as const;
    const with_agents = { ...plan, agents, amd: 'async' as const, amd_tuning: { timeout_seconds: 12 } };
    expect(differences(with_agents, planOf(formOf(with_agents)))).toEqual([]);
    const form = formOf(with_agents);
    const broken = { ...form, hasMenu: false, agents: { ...form.agents, queue: '', sorry: ' ', offerSeconds: '4' }, tuning: { ...form.tuning, speechMs: '10' } };
    expect(inStep(faultsOf(broken), 'agents').map(({ field, fault }) => [field, fault])).toEqual([
      ['agents.queue', 'noQueue'],
      ['agents.when', 'noMenu'],
      ['agents.sorry', 'template.empty'],
      ['agents.offer_seconds', 'range'],
    ]);
    expect(inStep(faultsOf(broken), 'calling').map(({ field }) => field)).toEqual(['amd_tuning.speech_ms']);
    // Without agents there is nobody to be let go when a machine is heard: detection comes first again.
    expect(planOf({ ...form, hasAgents: false })).toMatchObject({ agents: null, amd: 'sync' });
  });

  it('asks where a telephone outside is, and neither for a whisper nor for a queue', () => {
    const forward = { number: '+4930901820', when: 'answer', opening: null, sorry: 'This was Acme.', refusal_key: '9', ring_seconds: 25 } as const;
    const form = formOf({ ...plan, forward });
    expect(faultsOf(form)).toEqual([]);
    const broken = { ...form, agents: { ...form.agents, forwardNumber: '030', sorry: '' } };
    expect(inStep(faultsOf(broken), 'agents').map(({ field }) => field)).toEqual(['forward.number', 'forward.sorry']);
  });

  it('asks nothing of what is switched off, and keeps it', () => {
    const form = { ...formOf(plan), hasMenu: false, menu: { ...formOf(plan).menu, prompt: '' }, amd: false };
    expect(faultsOf(form)).toEqual([]);
    expect(planOf(form).script).toMatchObject({ menu: null, voicemail: null });
    expect(planOf({ ...form, amd: true }).script.voicemail).toBe('Please call back.');
  });

  it('knows in which step a field is mended', () => {
    expect(stepOf('script.menu.repeats')).toBe('content');
    expect(stepOf('caller_ids[1]')).toBe('calling');
    expect(stepOf('retry.rules.busy')).toBe('retries');
    expect(stepOf('settings.twilio')).toBeNull();
    expect(inStep([{ field: 'window' }, { field: 'name' }], 'times')).toEqual([{ field: 'window' }]);
  });
});

describe('two edits of one plan', () => {
  it('come together, and say where they clash', () => {
    const mine = { ...plan, name: 'Mine', record: true };
    const theirs = { ...plan, name: 'Theirs', daily_limit: 100 };
    const merged = merge(plan, mine, theirs);
    expect(merged.plan).toMatchObject({ name: 'Mine', record: true, daily_limit: 100 });
    expect(merged.clashes).toEqual(['name']);
    expect(merged.taken).toEqual(['daily_limit']);
  });

  it('do not clash where both have done the same, or an absent field is null', () => {
    expect(merge(plan, { ...plan, name: 'New' }, { ...plan, name: 'New' }).clashes).toEqual([]);
    expect(differences(plan, { ...plan, end_at: null })).toEqual([]);
  });
});

describe('a text with merge fields', () => {
  it('is rendered as the API renders it', () => {
    expect(render('Hello {{first_name|there}}, from {{custom.city}}!', { first_name: 'Zoë', 'custom.city': 'Köln' })).toBe('Hello Zoë, from Köln!');
    expect(render('Hello {{ first_name | there }}.', { first_name: '  ' })).toBe('Hello there.');
    expect(fieldsOf(['{{name}} {{custom.city}}', '{{name|you}}'])).toEqual(['name', 'custom.city']);
  });

  it('says what is wrong with it', () => {
    expect(parseTemplate('  ').fault).toBe('empty');
    expect(parseTemplate('Hello {{first_name').fault).toBe('unclosed');
    expect(parseTemplate('Hello {{custom.}}')).toMatchObject({ fault: 'unknownField', field: 'custom.' });
    expect(parseTemplate('x'.repeat(3_001)).fault).toBe('tooLong');
  });
});

describe('a wall clock', () => {
  it('is read in its zone, on both sides of a clock change', () => {
    expect(instantOf({ date: '2027-03-01', time: '09:00' }, 'Europe/Berlin')).toBe('2027-03-01T08:00:00Z');
    expect(instantOf({ date: '2027-07-01', time: '09:00' }, 'Europe/Berlin')).toBe('2027-07-01T07:00:00Z');
    expect(instantOf({ date: '2027-03-28', time: '09:00' }, 'Europe/Berlin')).toBe('2027-03-28T07:00:00Z');
    expect(instantOf({ date: '2027-03-01', time: '09:00' }, 'Asia/Kathmandu')).toBe('2027-03-01T03:15:00Z');
    expect(instantOf({ date: '', time: '09:00' }, 'UTC')).toBeNull();
  });

  it('comes back as it was', () => {
    for (const zone of ['America/New_York', 'Pacific/Auckland', 'UTC']) {
      const local = { date: '2027-11-07', time: '03:30' };
      expect(localOf(instantOf(local, zone) ?? '', zone)).toEqual(local);
    }
  });
});
