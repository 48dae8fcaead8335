import Box from '@cloudscape-design/components/box';
import ProgressBar from '@cloudscape-design/components/progress-bar';

import '../overview.css';
import type { components } from '../../../shared/api/schema';
import { useTexts } from '../../../shared/i18n';
import { CampaignStateLabel } from '../../../shared/ui/CampaignStateLabel';
import { PageLink } from '../../../shared/ui/links';
import { useNow } from '../../../shared/ui/useNow';

/** Until then it is calling, as far as a reader is concerned. Milliseconds. */
const SOON = 90_000;

interface Props {
  label: string;
  campaigns: readonly components['schemas']['LiveCampaign'][];
  today: components['schemas']['Overview']['campaigns_today'];
}

/** Campaigns with how far they have come. A list rather than a Table, whose code the first page would have to carry. */
export function CampaignRows({ label, campaigns, today }: Props) {
  const { t, format } = useTexts();
  const now = useNow();
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
      {campaigns.map(({ id, name, state, enrolled, ended, calls_in_progress, next_wake_at }) => (
        <li key={id}>
          <div className="wide">
            <PageLink href={`/campaigns/${id}`}>{name}</PageLink>
            <div>
              <CampaignStateLabel state={state} />
            </div>
            {next_wake_at && Date.parse(next_wake_at) > now + SOON && (
              <Box variant="small" color="text-body-secondary">
                {t('overview.next', { at: format.dateTime(next_wake_at) })}
              </Box>
            )}
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
