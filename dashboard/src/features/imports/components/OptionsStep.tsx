import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useOpenCampaigns } from '../../../shared/api/campaigns';
import { useTexts } from '../../../shared/i18n';
import type { Choices } from '../choices';

interface Props {
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
}

const NONE = '';

export function OptionsStep({ choices, onChange }: Props) {
  const { t } = useTexts();
  const campaigns = useOpenCampaigns();
  const options = [
    { value: NONE, label: t('imports.campaign.none') },
    ...(campaigns.data ?? []).map(({ id, plan }) => ({ value: id, label: plan.name })),
  ];
  const chosen = options.find(({ value }) => value === (choices.campaign ?? NONE));
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{t('imports.campaign')}</Header>}>
        <FormField label={t('imports.campaign.label')} description={t('imports.campaign.hint')}>
          <Select
            selectedOption={chosen ?? null}
            options={options}
            filteringType="auto"
            statusType={campaigns.isPending ? 'loading' : campaigns.isError ? 'error' : 'finished'}
            onChange={({ detail }) => onChange({ campaign: detail.selectedOption.value || null })}
          />
        </FormField>
      </Container>
      <Container header={<Header variant="h2">{t('imports.duplicates')}</Header>}>
        <SpaceBetween size="m">
          <FormField label={t('imports.duplicates.label')}>
            <RadioGroup
              value={choices.duplicates}
              items={(['skip', 'update', 'reject'] as const).map((value) => ({
                value,
                label: t(`imports.duplicates.${value}`),
                description: t(`imports.duplicates.${value}.hint`),
              }))}
              onChange={({ detail }) => onChange({ duplicates: detail.value as Choices['duplicates'] })}
            />
          </FormField>
          {choices.campaign && (
            <Checkbox
              checked={choices.acrossTenant}
              description={t('imports.acrossTenant.hint')}
              onChange={({ detail }) => onChange({ acrossTenant: detail.checked })}
            >
              {t('imports.acrossTenant')}
            </Checkbox>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{t('imports.dryRun')}</Header>}>
        <Checkbox checked={choices.dryRun} description={t('imports.dryRun.hint')} onChange={({ detail }) => onChange({ dryRun: detail.checked })}>
          {t('imports.dryRun.label')}
        </Checkbox>
      </Container>
    </SpaceBetween>
  );
}
