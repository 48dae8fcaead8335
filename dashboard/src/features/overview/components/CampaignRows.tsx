import Box from '@cloudscape-design/components/box';
import ProgressBar from '@cloudscape-design/components/progress-bar';

import '../overview.css';
import { NONE } from '../../../shared/format';
import type { Campaign, Progress } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { CampaignStateLabel } from '../../../shared/ui/CampaignStateLabel';
import { PageLink } from '../../../shared/ui/links';

interface Props {
  label: string;
  campaigns: readonly Campaign[];
  progress: ReadonlyMap<string, Progress>;
}

/** Campaigns with how far they have come. A list rather than a Table, whose code the first page would have to carry. */
export function CampaignRows({ label, campaigns, progress }: Props) {
  const { t, format } = useTexts();
  const figure = (name: string, value: string) => (
    <div>
      <Box variant="small" color="text-body-secondary" display="block">
        {name}
      </Box>
      {value}
    </div>
  );
  return (
    <ul className="campaign-rows" aria-label={label}>
      {campaigns.map(({ id, state, plan }) => {
        const known = progress.get(id);
        const number = (value: number | undefined) => (value === undefined ? NONE : format.number(value));
        return (
          <li key={id}>
            <div className="wide">
              <PageLink href={`/campaigns/${id}`}>{plan.name}</PageLink>
              <div>
                <CampaignStateLabel state={state} />
              </div>
            </div>
            <div className="wide">
              <ProgressBar
                ariaLabel={t('campaigns.progressOf', { name: plan.name })}
                value={known?.percent_ended ?? 0}
                additionalInfo={
                  known && known.enrolled > 0
                    ? t('campaigns.doneOf', { ended: format.number(known.ended), enrolled: format.number(known.enrolled) })
                    : t('campaigns.nobody')
                }
              />
            </div>
            {figure(t('overview.calls'), number(known?.calls_in_progress))}
            {figure(t('campaigns.answerRate'), format.percent(known?.answer_rate))}
            {figure(t('live.interested'), number(known?.outcomes['interested']))}
          </li>
        );
      })}
    </ul>
  );
}
