import type { CampaignPlan } from '../../shared/api/types';

type AgentsPlan = NonNullable<CampaignPlan['agents']>;

/** How calls reach agents, as it is being typed. */
export interface AgentsForm {
  queue: string;
  when: NonNullable<AgentsPlan['when']>;
  ring: NonNullable<AgentsPlan['ring']>;
  transfer: NonNullable<AgentsPlan['transfer']>;
  whisper: string;
  opening: string;
  sorry: string;
  refusalKey: string;
  offerSeconds: string;
  patienceSeconds: string;
}

/** As the API would have it by itself. */
export const NO_AGENTS: AgentsForm = {
  queue: '',
  when: 'answer',
  ring: 'while_ringing',
  transfer: 'warm',
  whisper: '',
  opening: '',
  sorry: '',
  refusalKey: '9',
  offerSeconds: '20',
  patienceSeconds: '2',
};

export const agentsFormOf = (plan: CampaignPlan['agents']): AgentsForm =>
  plan
    ? {
        queue: plan.queue,
        when: plan.when ?? NO_AGENTS.when,
        ring: plan.ring ?? NO_AGENTS.ring,
        transfer: plan.transfer ?? NO_AGENTS.transfer,
        whisper: plan.whisper,
        opening: plan.opening ?? '',
        sorry: plan.sorry,
        refusalKey: plan.refusal_key ?? NO_AGENTS.refusalKey,
        offerSeconds: String(plan.offer_seconds ?? NO_AGENTS.offerSeconds),
        patienceSeconds: String(plan.patience_seconds ?? NO_AGENTS.patienceSeconds),
      }
    : NO_AGENTS;

export const agentsPlanOf = (form: AgentsForm): AgentsPlan => ({
  queue: form.queue,
  when: form.when,
  ring: form.ring,
  transfer: form.transfer,
  whisper: form.whisper.trim(),
  opening: form.opening.trim() === '' ? null : form.opening.trim(),
  sorry: form.sorry.trim(),
  refusal_key: form.refusalKey,
  offer_seconds: Number(form.offerSeconds),
  patience_seconds: Number(form.patienceSeconds),
});

/** How detection is tuned, as it is being typed: nothing stands for the provider's own value. */
export interface TuningForm {
  timeoutSeconds: string;
  speechMs: string;
  speechEndMs: string;
  silenceMs: string;
}

/** The API's names, and from where to where each may go. */
export const TUNING = [
  ['timeoutSeconds', 'timeout_seconds', 3, 59],
  ['speechMs', 'speech_ms', 1_000, 6_000],
  ['speechEndMs', 'speech_end_ms', 500, 5_000],
  ['silenceMs', 'silence_ms', 2_000, 10_000],
] as const;

export const tuningFormOf = (tuning: CampaignPlan['amd_tuning']): TuningForm => ({
  timeoutSeconds: String(tuning?.timeout_seconds ?? ''),
  speechMs: String(tuning?.speech_ms ?? ''),
  speechEndMs: String(tuning?.speech_end_ms ?? ''),
  silenceMs: String(tuning?.silence_ms ?? ''),
});

export const tuningOf = (form: TuningForm): NonNullable<CampaignPlan['amd_tuning']> =>
  Object.fromEntries(TUNING.map(([key, name]) => [name, form[key].trim() === '' ? null : Number(form[key])]));
