import type { CampaignPlan } from '../../shared/api/types';
import { differences } from './form';

export interface Merged {
  plan: CampaignPlan;
  /** What both have changed, and differently: mine stands. */
  clashes: (keyof CampaignPlan)[];
  /** What only they have changed. */
  taken: (keyof CampaignPlan)[];
}

/** Two edits of one plan brought together: where I have changed nothing, theirs stands. */
export function merge(base: CampaignPlan, mine: CampaignPlan, theirs: CampaignPlan): Merged {
  const [ours, others] = [differences(base, mine), differences(base, theirs)];
  const apart = differences(mine, theirs);
  const taken = others.filter((key) => !ours.includes(key));
  const plan = { ...mine, ...Object.fromEntries(taken.map((key) => [key, theirs[key]])) };
  return { plan, taken, clashes: others.filter((key) => ours.includes(key) && apart.includes(key)) };
}
