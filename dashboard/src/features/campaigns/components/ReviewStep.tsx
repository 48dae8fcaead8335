import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import Spinner from '@cloudscape-design/components/spinner';
import SpaceBetween from '@cloudscape-design/components/space-between';

import '../../../shared/ui/list.css';
import type { Versioned } from '../../../shared/api/client';
import type { Campaign, CampaignPlan, FieldError, Validation } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useProgress, useValidation } from '../api';
import { stepOf, type StepId } from '../form';
import { intersection, parseRuleHours, type Week } from '../../../shared/week/week';
import { faultText } from './faults';
import { PlanSummary } from './PlanSummary';

interface Props {
  saved: Versioned<Campaign> | null;
  /** As it is in the form. */
  plan: CampaignPlan;
  onEdit: (step: StepId) => void;
}

/** What the rules of one country leave of the window; `null` where several countries have each their own. */
function allowedBy({ hours }: Validation): Week | null {
  const national = hours.filter(({ jurisdictions }) => jurisdictions.some((code) => !code.includes('-')));
  const countries = new Set(national.flatMap(({ jurisdictions }) => jurisdictions).filter((code) => code !== '*'));
  if (national.length === 0 || countries.size > 1) {
    return null;
  }
  const weeks = national.map(({ left }) => (left ? parseRuleHours(left) : null));
  return weeks.reduce<Week | null>((all, week) => (week && all ? intersection(all, week) : (all ?? week)), null);
}

/** Everything once more, and what still keeps it from starting. */
export function ReviewStep({ saved, plan, onEdit }: Props) {
  const texts = useTexts();
  const { t, n } = texts;
  const isDraft = saved?.value.state === 'draft';
  const validation = useValidation(isDraft ? saved?.value.id : undefined, saved?.etag);
  const progress = useProgress(saved?.value.id ?? '', false, saved !== null);
  const complaint = (error: FieldError) => {
    const step = stepOf(error.field);
    const text = faultText(error, texts);
    return (
      <li key={`${error.field} ${error.message}`}>
        {step ? (
          <Link onFollow={() => onEdit(step)}>{t(`step.${step}`)}</Link>
        ) : (
          error.field.startsWith('settings') && <PageLink href="/settings">{t('nav.settings')}</PageLink>
        )}
        {`: ${text}`}
        {error.rule && ` (${error.rule})`}
      </li>
    );
  };
  return (
    <SpaceBetween size="l">
      {isDraft && validation.isFetching && !validation.data && (
        <span role="status">
          <Spinner /> {t('review.checking')}
        </span>
      )}
      <ProblemAlert error={validation.error} onRetry={() => void validation.refetch()} />
      {validation.data &&
        (validation.data.ready ? (
          <Alert type="success" header={t('review.ready')}>
            {progress.data && n('review.ready.text', progress.data.enrolled)}
          </Alert>
        ) : (
          <Alert
            type="warning"
            header={n('review.missing', validation.data.errors.length)}
            action={<Button onClick={() => void validation.refetch()}>{t('review.again')}</Button>}
          >
            <ul className="plain-list">{validation.data.errors.map(complaint)}</ul>
          </Alert>
        ))}
      <PlanSummary plan={plan} onEdit={onEdit} allowed={validation.data ? allowedBy(validation.data) : null} contacts={progress.data?.enrolled} />
    </SpaceBetween>
  );
}
