import type { components } from '../../shared/api/schema';
import type { Texts } from '../../shared/i18n';
import type { QueuePlan } from './api';

export type Meaning = components['schemas']['Meaning'];

/** Where a queue names none, the API takes these: each by its meaning's own name. */
const STANDARD: readonly Meaning[] = ['done', 'interested', 'callback', 'wrong_number', 'do_not_call'];

/** How a call of this queue can have gone, with a label to choose by. */
export function dispositionsOf(plan: Pick<QueuePlan, 'dispositions'> | undefined, { t }: Pick<Texts, 't'>): { code: string; label: string; means: Meaning }[] {
  const own = plan?.dispositions ?? [];
  return own.length > 0 ? own : STANDARD.map((means) => ({ code: means, label: t(`disposition.${means}`), means }));
}
