import type { CampaignPlan } from '../../shared/api/types';

type AgentsPlan = NonNullable<CampaignPlan['agents']>;
type ForwardPlan = NonNullable<CampaignPlan['forward']>;

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
  /** A telephone outside that takes the calls instead of agents: it has what is said, when, and for how long, in common with them. */
  forwardNumber: string;
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
  forwardNumber: '',
};

export const agentsFormOf = ({ agents, forward }: Pick<CampaignPlan, 'agents' | 'forward'>): AgentsForm => {
  if (forward) {
    return {
      ...NO_AGENTS,
      forwardNumber: forward.number,
      when: forward.when ?? NO_AGENTS.when,
      opening: forward.opening ?? '',
      sorry: forward.sorry,
      refusalKey: forward.refusal_key ?? NO_AGENTS.refusalKey,
      offerSeconds: String(forward.ring_seconds ?? NO_AGENTS.offerSeconds),
    };
  }
  return agents
    ? {
        ...NO_AGENTS,
        queue: agents.queue,
        when: agents.when ?? NO_AGENTS.when,
        ring: agents.ring ?? NO_AGENTS.ring,
        transfer: agents.transfer ?? NO_AGENTS.transfer,
        whisper: agents.whisper,
        opening: agents.opening ?? '',
        sorry: agents.sorry,
        refusalKey: agents.refusal_key ?? NO_AGENTS.refusalKey,
        offerSeconds: String(agents.offer_seconds ?? NO_AGENTS.offerSeconds),
        patienceSeconds: String(agents.patience_seconds ?? NO_AGENTS.patienceSeconds),
      }
    : NO_AGENTS;
};

export const forwardPlanOf = (form: AgentsForm): ForwardPlan => ({
  number: form.forwardNumber.replace(/[\s/()-]/g, ''),
  when: form.when,
  opening: form.opening.trim() === '' ? null : form.opening.trim(),
  sorry: form.sorry.trim(),
  refusal_key: form.refusalKey,
  ring_seconds: Number(form.offerSeconds),
});

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
