import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';

import { useOpenCampaigns } from '../../../shared/api/campaigns';
import { newKey } from '../../../shared/api/client';
import { REASONS } from '../../../shared/api/suppressions';
import type { BulkAction, SuppressionReason } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useBulk, type Done, type Whom } from '../many';

export const ACTIONS = ['tag', 'untag', 'enroll', 'suppress'] as const;
export type ActionName = (typeof ACTIONS)[number];

interface Props {
  name: ActionName;
  whom: Whom;
  /** How many, where that is known; otherwise what the segment is called. */
  count: number | null;
  segment: string | null;
  onDone: () => void;
  onCancel: () => void;
}

/** One thing done to many, asked for once and carried out a hundred at a time. */
export function BulkDialog({ name, whom, count, segment, onDone, onCancel }: Props) {
  const { t, n, format } = useTexts();
  const { done } = useNotices();
  const campaigns = useOpenCampaigns();
  const [tag, setTag] = useState('');
  const [campaign, setCampaign] = useState<string | null>(null);
  const [reason, setReason] = useState<SuppressionReason>('do_not_call');
  const [asked, setAsked] = useState(false);
  const [soFar, setSoFar] = useState<Done | null>(null);
  const [key, setKey] = useState(newKey);
  const bulk = useBulk();

  const action = (): BulkAction | null => {
    switch (name) {
      case 'tag':
        return tag.trim() === '' ? null : { tag: tag.trim() };
      case 'untag':
        return tag.trim() === '' ? null : { untag: tag.trim() };
      case 'enroll':
        return campaign === null ? null : { enroll: campaign };
      case 'suppress':
        return { suppress: reason };
    }
  };
  /** Another choice is another request; the same one again after a failure goes on where it stopped. */
  const choose = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setKey(newKey());
  };
  const submit = () => {
    setAsked(true);
    const chosen = action();
    if (chosen) {
      bulk.mutate(
        { whom, action: chosen, key, onProgress: setSoFar },
        {
          onSuccess: ({ changed, unchanged }) => {
            done(t('contacts.bulk.done', { changed: format.number(changed), unchanged: format.number(unchanged) }));
            onDone();
          },
        },
      );
    }
  };
  const missing = asked && action() === null ? t('field.required') : undefined;
  const options = (campaigns.data ?? []).map(({ id, plan, state }) => ({ value: id, label: plan.name, description: t(`campaignState.${state}`) }));
  return (
    <Confirm title={t(`contacts.bulk.${name}`)} verb={t(`contacts.bulk.${name}`)} busy={bulk.isPending} error={bulk.error} onConfirm={submit} onCancel={onCancel}>
      <Box variant="p">{count === null ? t('contacts.bulk.segment', { name: segment ?? '' }) : n('contacts.bulk.for', count)}</Box>
      {(name === 'tag' || name === 'untag') && (
        <FormField label={t('contacts.bulk.tag.label')} errorText={missing}>
          <Input value={tag} onChange={({ detail }) => choose(setTag)(detail.value)} autoFocus ariaRequired />
        </FormField>
      )}
      {name === 'enroll' && (
        <FormField label={t('contacts.campaign')} errorText={missing}>
          <Select
            selectedOption={options.find(({ value }) => value === campaign) ?? null}
            options={options}
            filteringType="auto"
            placeholder={t('contacts.campaign.choose')}
            empty={t('contacts.campaign.noneOpen')}
            statusType={campaigns.isPending ? 'loading' : campaigns.isError ? 'error' : 'finished'}
            onChange={({ detail }) => choose(setCampaign)(detail.selectedOption.value ?? null)}
          />
        </FormField>
      )}
      {name === 'suppress' && (
        <FormField label={t('suppressions.reason')} description={t('contacts.bulk.suppress.hint')}>
          <Select
            selectedOption={{ value: reason, label: t(`suppressionReason.${reason}`) }}
            options={REASONS.map((value) => ({ value, label: t(`suppressionReason.${value}`) }))}
            onChange={({ detail }) => choose(setReason)(detail.selectedOption.value as SuppressionReason)}
          />
        </FormField>
      )}
      <div aria-live="polite">
        {soFar && <Box color="text-body-secondary">{t('contacts.bulk.soFar', { n: format.number(soFar.changed + soFar.unchanged) })}</Box>}
      </div>
    </Confirm>
  );
}
