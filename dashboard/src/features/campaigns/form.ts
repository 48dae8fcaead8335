import type { CampaignPlan, FieldError } from '../../shared/api/types';
import { agentsFormOf, agentsPlanOf, forwardPlanOf, tuningFormOf, tuningOf, TUNING, type AgentsForm, type TuningForm } from './agents';
import { policyOf, retryFormOf, RETRYABLE, attemptsAreFine, faultOf, type RetryForm } from '../../shared/retry/retry';
import { parseTemplate, type TemplateFault } from './template';
import { isNeverOpen, weekOf, windowOf, type Week } from '../../shared/week/week';
import { instantOf, isZone, localOf, type Local } from './zoned';

/** The wizard's steps, in order. */
export const STEPS = ['content', 'agents', 'audience', 'calling', 'times', 'retries', 'rules', 'review'] as const;
export type StepId = (typeof STEPS)[number];

export interface MenuForm {
  prompt: string;
  interestKey: string;
  optOutKey: string;
  interestedReply: string;
  optedOutReply: string;
  waitSeconds: string;
  repeats: string;
}

/** A plan as it is being typed: numbers are text, and what is switched off keeps what was typed. */
export interface PlanForm {
  name: string;
  purpose: CampaignPlan['purpose'];
  language: string;
  voice: string;
  greeting: string;
  hasMenu: boolean;
  menu: MenuForm;
  goodbye: string;
  hasVoicemail: boolean;
  voicemail: string;
  callerIds: string[];
  amd: boolean;
  /** Whether the person hears nothing of it: while agents talk, and only there. */
  amdAsync: boolean;
  tuning: TuningForm;
  hasAgents: boolean;
  /** Whether a telephone outside takes the calls instead. */
  hasForward: boolean;
  agents: AgentsForm;
  record: boolean;
  callsPerSecond: string;
  ringSeconds: string;
  waveSeconds: string;
  dailyLimit: string;
  week: Week;
  timezone: string;
  start: Local | null;
  end: Local | null;
  waiveHouseRules: boolean;
  retry: RetryForm;
}

export const EMPTY_MENU: MenuForm = {
  prompt: '',
  interestKey: '1',
  optOutKey: '9',
  interestedReply: '',
  optedOutReply: '',
  waitSeconds: '5',
  repeats: '1',
};

export function formOf(plan: CampaignPlan): PlanForm {
  const { script } = plan;
  return {
    name: plan.name,
    purpose: plan.purpose,
    language: script.language,
    voice: script.voice ?? '',
    greeting: script.greeting,
    hasMenu: script.menu !== null && script.menu !== undefined,
    menu: script.menu
      ? {
          prompt: script.menu.prompt,
          interestKey: script.menu.interest_key,
          optOutKey: script.menu.opt_out_key,
          interestedReply: script.menu.interested_reply,
          optedOutReply: script.menu.opted_out_reply,
          waitSeconds: String(script.menu.wait_seconds),
          repeats: String(script.menu.repeats),
        }
      : EMPTY_MENU,
    goodbye: script.goodbye ?? '',
    hasVoicemail: Boolean(script.voicemail),
    voicemail: script.voicemail ?? '',
    callerIds: plan.caller_ids,
    amd: (plan.amd ?? 'off') !== 'off',
    amdAsync: plan.amd === 'async',
    tuning: tuningFormOf(plan.amd_tuning),
    hasAgents: Boolean(plan.agents),
    hasForward: Boolean(plan.forward),
    agents: agentsFormOf(plan),
    record: plan.record,
    callsPerSecond: String(plan.pace?.calls_per_second ?? 1),
    ringSeconds: String(plan.pace?.ring_seconds ?? 30),
    waveSeconds: String(plan.pace?.wave_seconds ?? 60),
    dailyLimit: plan.daily_limit ? String(plan.daily_limit) : '',
    week: weekOf(plan.window),
    timezone: plan.timezone,
    start: plan.start_at ? localOf(plan.start_at, zoneOr(plan.timezone)) : null,
    end: plan.end_at ? localOf(plan.end_at, zoneOr(plan.timezone)) : null,
    waiveHouseRules: plan.waive_house_rules,
    retry: retryFormOf(plan.retry),
  };
}

const zoneOr = (zone: string): string => (isZone(zone) ? zone : 'UTC');

/** Only of a form without local faults: numbers are read as they stand. */
export function planOf(form: PlanForm): CampaignPlan {
  const optional = (text: string) => (text.trim() === '' ? null : text.trim());
  const { menu } = form;
  return {
    name: form.name.trim(),
    purpose: form.purpose,
    script: {
      language: form.language.trim(),
      voice: optional(form.voice),
      greeting: form.greeting.trim(),
      menu: form.hasMenu
        ? {
            prompt: menu.prompt.trim(),
            interest_key: menu.interestKey,
            opt_out_key: menu.optOutKey,
            interested_reply: menu.interestedReply.trim(),
            opted_out_reply: menu.optedOutReply.trim(),
            wait_seconds: Number(menu.waitSeconds),
            repeats: Number(menu.repeats),
          }
        : null,
      goodbye: optional(form.goodbye),
      voicemail: form.hasVoicemail && form.amd ? optional(form.voicemail) : null,
    },
    caller_ids: form.callerIds,
    window: windowOf(form.week),
    waive_house_rules: form.waiveHouseRules,
    timezone: form.timezone,
    start_at: form.start ? instantOf(form.start, zoneOr(form.timezone)) : null,
    end_at: form.end ? instantOf(form.end, zoneOr(form.timezone)) : null,
    daily_limit: form.dailyLimit.trim() === '' ? null : Number(form.dailyLimit),
    retry: policyOf(form.retry),
    pace: {
      calls_per_second: Number(form.callsPerSecond),
      ring_seconds: Number(form.ringSeconds),
      wave_seconds: Number(form.waveSeconds),
    },
    amd: !form.amd ? 'off' : form.amdAsync && form.hasAgents ? 'async' : 'sync',
    amd_tuning: tuningOf(form.tuning),
    agents: form.hasAgents ? agentsPlanOf(form.agents) : null,
    forward: form.hasForward && !form.hasAgents ? forwardPlanOf(form.agents) : null,
    record: form.record,
  };
}

/** What is wrong with a field, as the end of a catalogue key: `fault.<this>`. */
export type Fault =
  | 'needed'
  | 'name'
  | 'range'
  | 'sameKey'
  | 'noQueue'
  | 'noMenu'
  | 'phone'
  | 'neverOpen'
  | 'timezone'
  | 'date'
  | 'endBeforeStart'
  | `template.${TemplateFault}`
  | `retry.${'times' | 'amount' | 'jitter' | 'attempts'}`;

export interface LocalFault {
  /** As the API names it. */
  field: string;
  fault: Fault;
  parameters?: Record<string, string | number>;
}

/** What keeps a form from being saved even as a draft, by the API's field names. */
export function faultsOf(form: PlanForm): LocalFault[] {
  const found: LocalFault[] = [];
  const text = (field: string, value: string) => {
    const { fault, field: name } = parseTemplate(value);
    if (fault) {
      found.push({ field, fault: `template.${fault}`, parameters: { name: name ?? '' } });
    }
  };
  const number = (field: string, value: string, from: number, to: number) => {
    if (!/^\d+$/.test(value.trim()) || Number(value) < from || Number(value) > to) {
      found.push({ field, fault: 'range', parameters: { from, to } });
    }
  };
  if (form.name.trim() === '' || [...form.name.trim()].length > 200) {
    found.push({ field: 'name', fault: 'name' });
  }
  if (form.language.trim() === '') {
    found.push({ field: 'script.language', fault: 'needed' });
  }
  text('script.greeting', form.greeting);
  if (form.hasMenu) {
    text('script.menu.prompt', form.menu.prompt);
    text('script.menu.interested_reply', form.menu.interestedReply);
    text('script.menu.opted_out_reply', form.menu.optedOutReply);
    number('script.menu.wait_seconds', form.menu.waitSeconds, 1, 30);
    number('script.menu.repeats', form.menu.repeats, 0, 5);
    if (form.menu.interestKey === form.menu.optOutKey) {
      found.push({ field: 'script.menu.opt_out_key', fault: 'sameKey' });
    }
  }
  if (form.goodbye.trim() !== '') {
    text('script.goodbye', form.goodbye);
  }
  if (form.amd && form.hasVoicemail) {
    text('script.voicemail', form.voicemail);
  }
  if (form.hasAgents || form.hasForward) {
    const { agents } = form;
    const root = form.hasAgents ? 'agents' : 'forward';
    if (form.hasAgents && agents.queue === '') {
      found.push({ field: 'agents.queue', fault: 'noQueue' });
    }
    if (form.hasForward && !/^\+[1-9]\d{6,14}$/.test(forwardPlanOf(agents).number)) {
      found.push({ field: 'forward.number', fault: 'phone' });
    }
    if (agents.when === 'interest' && !form.hasMenu) {
      found.push({ field: `${root}.when`, fault: 'noMenu' });
    }
    if (form.hasAgents) {
      text('agents.whisper', agents.whisper);
      number('agents.patience_seconds', agents.patienceSeconds, 0, 600);
    }
    if (agents.opening.trim() !== '') {
      text(`${root}.opening`, agents.opening);
    }
    text(`${root}.sorry`, agents.sorry);
    number(form.hasAgents ? 'agents.offer_seconds' : 'forward.ring_seconds', agents.offerSeconds, 5, 60);
  }
  if (form.amd) {
    for (const [key, name, from, to] of TUNING) {
      if (form.tuning[key].trim() !== '') {
        number(`amd_tuning.${name}`, form.tuning[key], from, to);
      }
    }
  }
  number('pace.calls_per_second', form.callsPerSecond, 1, 500);
  number('pace.ring_seconds', form.ringSeconds, 15, 120);
  number('pace.wave_seconds', form.waveSeconds, 1, 450);
  if (form.dailyLimit.trim() !== '') {
    number('daily_limit', form.dailyLimit, 1, 4_000_000_000);
  }
  if (isNeverOpen(form.week)) {
    found.push({ field: 'window', fault: 'neverOpen' });
  }
  if (!isZone(form.timezone)) {
    found.push({ field: 'timezone', fault: 'timezone' });
  } else {
    const [start, end] = [form.start, form.end].map((local) => (local ? instantOf(local, form.timezone) : undefined));
    if (start === null) {
      found.push({ field: 'start_at', fault: 'date' });
    }
    if (end === null) {
      found.push({ field: 'end_at', fault: 'date' });
    }
    if (start && end && end <= start) {
      found.push({ field: 'end_at', fault: 'endBeforeStart' });
    }
  }
  if (!attemptsAreFine(form.retry.attemptsMax)) {
    found.push({ field: 'retry.attempts_max', fault: 'retry.attempts' });
  }
  for (const outcome of RETRYABLE) {
    const fault = faultOf(form.retry.rules[outcome]);
    if (fault) {
      found.push({ field: `retry.rules.${outcome}`, fault: `retry.${fault}` });
    }
  }
  return found;
}

/** The step in which a field of the API is mended; `null` for what is not part of the campaign (`settings.twilio`). */
export function stepOf(field: string): StepId | null {
  const root = field.split(/[.[]/)[0] ?? '';
  switch (root) {
    case 'name':
    case 'purpose':
    case 'script':
      return 'content';
    case 'agents':
    case 'forward':
      return 'agents';
    case 'enrollments':
    case 'imports_open':
      return 'audience';
    case 'caller_ids':
    case 'pace':
    case 'amd':
    case 'amd_tuning':
    case 'record':
    case 'daily_limit':
      return 'calling';
    case 'window':
    case 'timezone':
    case 'start_at':
    case 'end_at':
      return 'times';
    case 'retry':
      return 'retries';
    case 'waive_house_rules':
      return 'rules';
    default:
      return null;
  }
}

export const inStep = <T extends Pick<FieldError, 'field'>>(faults: readonly T[], step: StepId): T[] =>
  faults.filter((fault) => stepOf(fault.field) === step);

/** The parts of a plan in which two differ, as the API names them. */
export function differences(a: CampaignPlan, b: CampaignPlan): (keyof CampaignPlan)[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof CampaignPlan)[];
  return keys.filter((key) => stable(a[key]) !== stable(b[key]));
}

/** JSON with keys in order, and what is absent as good as null. */
function stable(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, one]) => one !== null && one !== undefined)
            .toSorted(([x], [y]) => (x < y ? -1 : 1)),
        )
      : inner,
  );
}
