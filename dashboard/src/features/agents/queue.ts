import { isNeverOpen, weekOf, windowOf, type Week } from '../../shared/week/week';
import type { QueuePlan } from './api';

export type Disposition = NonNullable<QueuePlan['dispositions']>[number];
export interface Skill {
  name: string;
  /** From 1 to 5. */
  level: number;
}

/** A queue as it is being typed: numbers are text, and what is switched off keeps what was typed. */
export interface QueueForm {
  name: string;
  wrapUp: string;
  maxWait: string;
  priority: string;
  percent: string;
  within: string;
  skills: Skill[];
  groups: string[];
  closed: string;
  hasHours: boolean;
  week: Week;
  timezone: string;
  numbers: string[];
  notice: string;
  say: string;
  play: string;
  dispositions: Disposition[];
}

export const SKILL_LEVEL_MAX = 5;

const OFFICE: QueuePlan['hours'] = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]));

/** What a new queue has, as the API would have it by itself. */
export const newQueue = (timezone: string): QueuePlan => ({ name: '', wrap_up_seconds: 30, max_wait_seconds: 120, priority: 5, timezone, service_level: { percent: 80, seconds: 20 } });

export const skillsOf = (skills: Record<string, number> | undefined): Skill[] => Object.entries(skills ?? {}).map(([name, level]) => ({ name, level }));

export const skillMapOf = (skills: readonly Skill[]): Record<string, number> =>
  Object.fromEntries(skills.map(({ name, level }) => [name.trim(), level] as const).filter(([name]) => name !== ''));

export const queueFormOf = (plan: QueuePlan): QueueForm => ({
  name: plan.name,
  wrapUp: String(plan.wrap_up_seconds),
  maxWait: String(plan.max_wait_seconds),
  priority: String(plan.priority),
  percent: String(plan.service_level?.percent ?? 80),
  within: String(plan.service_level?.seconds ?? 20),
  skills: skillsOf(plan.skills),
  groups: plan.groups ?? [],
  closed: plan.closed_notice ?? '',
  hasHours: Boolean(plan.hours),
  week: weekOf(plan.hours ?? OFFICE ?? {}),
  timezone: plan.timezone,
  numbers: plan.numbers ?? [],
  notice: plan.recording_notice ?? '',
  say: plan.hold?.say ?? '',
  play: plan.hold?.play ?? '',
  dispositions: plan.dispositions ?? [],
});

const optional = (text: string) => (text.trim() === '' ? null : text.trim());

/** Only of a form without faults: numbers are read as they stand. */
export const queuePlanOf = (form: QueueForm): QueuePlan => ({
  name: form.name.trim(),
  wrap_up_seconds: Number(form.wrapUp),
  max_wait_seconds: Number(form.maxWait),
  priority: Number(form.priority),
  service_level: { percent: Number(form.percent), seconds: Number(form.within) },
  skills: skillMapOf(form.skills),
  groups: form.groups,
  closed_notice: optional(form.closed),
  hours: form.hasHours ? windowOf(form.week) : null,
  timezone: form.timezone,
  numbers: form.numbers,
  recording_notice: optional(form.notice),
  hold: { say: optional(form.say), play: optional(form.play) },
  dispositions: form.dispositions.map(({ code, label, means }) => ({ code: code.trim(), label: label.trim(), means })),
});

export type QueueFault = 'name' | 'range' | 'hours' | 'play' | 'dispositions';
export interface Faulty {
  /** As the API names it. */
  field: string;
  fault: QueueFault;
  parameters?: { from: number; to: number };
}

/** What the API would refuse, by its names. */
export function queueFaults(form: QueueForm): Faulty[] {
  const found: Faulty[] = [];
  const number = (field: string, value: string, from: number, to: number) => {
    if (!/^\d+$/.test(value.trim()) || Number(value) < from || Number(value) > to) {
      found.push({ field, fault: 'range', parameters: { from, to } });
    }
  };
  if (form.name.trim() === '' || [...form.name.trim()].length > 100) {
    found.push({ field: 'name', fault: 'name' });
  }
  number('wrap_up_seconds', form.wrapUp, 0, 1_800);
  number('max_wait_seconds', form.maxWait, 0, 3_600);
  number('priority', form.priority, 0, 9);
  number('service_level.percent', form.percent, 1, 100);
  number('service_level.seconds', form.within, 0, 3_600);
  if (form.hasHours && isNeverOpen(form.week)) {
    found.push({ field: 'hours', fault: 'hours' });
  }
  if (form.play.trim() !== '' && !/^https:\/\/\S+$/.test(form.play.trim())) {
    found.push({ field: 'hold.play', fault: 'play' });
  }
  const codes = form.dispositions.map(({ code }) => code.trim());
  if (codes.some((code) => code === '' || code.length > 40) || new Set(codes).size < codes.length || form.dispositions.some(({ label }) => label.trim() === '')) {
    found.push({ field: 'dispositions', fault: 'dispositions' });
  }
  return found;
}
