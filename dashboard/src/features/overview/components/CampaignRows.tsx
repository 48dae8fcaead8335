import Box from '@cloudscape-design/components/box';
import ProgressBar from '@cloudscape-design/components/progress-bar';

import '../overview.css';
import type { components } from '../../../shared/api/schema';
import { useTexts } from '../../../shared/i18n';
import { CampaignStateLabel } from '../../../shared/ui/CampaignStateLabel';
import { PageLink } from '../../../shared/ui/links';

interface Props {
  label: string;
  campaigns: readonly components['schemas']['LiveCampaign'][];
  today: components['schemas']['Overview']['campaigns_today'];
}

/** Campaigns with how far they have come. A list rather than a Table, whose code the first page would have to carry. */
export function CampaignRows({ label, campaigns, today }: Props) {
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
      {campaigns.map(({ id, name, state, enrolled, ended, calls_in_progress }) => (
        <li key={id}>
          <div className="wide">
            <PageLink href={`/campaigns/${id}`}>{name}</PageLink>
            <div>
              <CampaignStateLabel state={state} />
            </div>
          </div>
          <div className="wide">
            <ProgressBar
              ariaLabel={t('campaigns.progressOf', { name })}
              // What is nearly all is not all.
              value={enrolled > 0 ? Math.floor((100 * ended) / enrolled) : 0}
              additionalInfo={
                enrolled > 0
                  ? t('campaigns.doneOf', { ended: format.number(ended), enrolled: format.number(enrolled) })
                  : t('campaigns.nobody')
              }
            />
          </div>
          {figure(t('overview.calls'), format.number(calls_in_progress))}
          {figure(t('overview.answered'), format.percent(today[id]?.answer_rate))}
          {figure(t('overview.interested'), format.number(today[id]?.interested ?? 0))}
        </li>
      ))}
    </ul>
  );
}
