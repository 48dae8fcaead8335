import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';

import { useOpenCampaigns } from '../../../shared/api/campaigns';
import { newKey } from '../../../shared/api/client';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { useNotices } from '../../../shared/ui/notices';
import { useEnroll } from '../api';

interface Props {
  contacts: readonly string[];
  onDone: () => void;
  onCancel: () => void;
}

const PRIORITIES = Array.from({ length: 10 }, (_, at) => String(at));

/** Puts contacts into a campaign; those that are in it already stay as they are. */
export function EnrollDialog({ contacts, onDone, onCancel }: Props) {
  const { t, n, format } = useTexts();
  const { done } = useNotices();
  const campaigns = useOpenCampaigns();
  const [campaign, setCampaign] = useState<string | null>(null);
  const [priority, setPriority] = useState('5');
  const [asked, setAsked] = useState(false);
  const [key] = useState(newKey);
  const enroll = useEnroll();
  const options = (campaigns.data ?? []).map(({ id, plan, state }) => ({ value: id, label: plan.name, description: t(`campaignState.${state}`) }));
  const priorities = PRIORITIES.map((value) => ({
    value,
    label: value === '0' ? t('contacts.priority.first') : value === '9' ? t('contacts.priority.last') : value === '5' ? t('contacts.priority.usual') : value,
  }));
  const submit = () => {
    setAsked(true);
    if (campaign) {
      enroll.mutate(
        { campaign, contacts, priority: Number(priority), key: `${key}-${campaign}-${priority}` },
        {
          onSuccess: ({ enrolled, already }) => {
            done(already > 0 ? t('contacts.enrolled.some', { enrolled: format.number(enrolled), already: format.number(already) }) : n('contacts.enrolled', enrolled));
            onDone();
          },
        },
      );
    }
  };
  return (
    <Confirm
      title={n('contacts.enroll.title', contacts.length)}
      verb={t('contacts.enroll')}
      busy={enroll.isPending}
      error={enroll.error}
      onConfirm={submit}
      onCancel={onCancel}
    >
      <FormField label={t('contacts.campaign')} errorText={asked && !campaign ? t('field.required') : undefined}>
        <Select
          selectedOption={options.find(({ value }) => value === campaign) ?? null}
          options={options}
          filteringType="auto"
          placeholder={t('contacts.campaign.choose')}
          empty={t('contacts.campaign.noneOpen')}
          statusType={campaigns.isPending ? 'loading' : campaigns.isError ? 'error' : 'finished'}
          onChange={({ detail }) => setCampaign(detail.selectedOption.value ?? null)}
        />
      </FormField>
      <FormField label={t('contacts.priority')}>
        <Select
          selectedOption={priorities.find(({ value }) => value === priority) ?? null}
          options={priorities}
          onChange={({ detail }) => setPriority(detail.selectedOption.value ?? '5')}
        />
      </FormField>
    </Confirm>
  );
}
