import Button from '@cloudscape-design/components/button';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useTexts } from '../../../shared/i18n';
import { faultOf, newCap, PERIODS, type CapForm } from '../caps';

const CHANNELS = ['', 'voice', 'sms', 'email'] as const;

interface Props {
  caps: readonly CapForm[];
  onChange: (caps: CapForm[]) => void;
  editable: boolean;
  /** Whether faults are to be shown. */
  tried: boolean;
}

/** How often one person may be contacted, over all campaigns together. */
export function Caps({ caps, onChange, editable, tried }: Props) {
  const { t, n } = useTexts();
  const set = (at: number, part: Partial<CapForm>) => onChange(caps.map((cap, index) => (index === at ? { ...cap, ...part } : cap)));
  const channels = CHANNELS.map((value) => ({ value, label: t(`channel.${value || 'all'}`) }));
  const periods = PERIODS.map((value) => ({ value: value as string, label: t(`settings.per.${value}`) }));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={t('settings.caps.hint')}
          actions={
            editable && (
              <Button formAction="none" iconName="add-plus" onClick={() => onChange([...caps, newCap()])}>
                {t('settings.caps.add')}
              </Button>
            )
          }
        >
          {t('settings.caps')}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {caps.length === 0 && <Box color="text-body-secondary">{t('settings.caps.none')}</Box>}
        {caps.map((cap, at) => {
          const fault = tried ? faultOf(cap) : null;
          const own = periods.some(({ value }) => value === cap.per) ? periods : [...periods, { value: cap.per, label: cap.per }];
          return (
            <div key={at} role="group" aria-label={n('settings.caps.one', at + 1)}>
              <Grid
                gridDefinition={[
                  { colspan: { default: 12, s: 4 } },
                  { colspan: { default: 12, s: 2 } },
                  { colspan: { default: 4, s: 2 } },
                  { colspan: { default: 8, s: 3 } },
                  { colspan: { default: 12, s: 1 } },
                ]}
              >
                <FormField label={t('settings.caps.name')} errorText={fault === 'name' ? t('field.required') : undefined}>
                  <Input
                    value={cap.name}
                    readOnly={!editable}
                    placeholder={t('settings.caps.example')}
                    onChange={({ detail }) => set(at, { name: detail.value })}
                  />
                </FormField>
                <FormField label={t('settings.caps.channel')}>
                  <Select
                    selectedOption={channels.find(({ value }) => value === cap.channel) ?? null}
                    options={channels}
                    readOnly={!editable}
                    onChange={({ detail }) => set(at, { channel: (detail.selectedOption.value ?? '') as CapForm['channel'] })}
                  />
                </FormField>
                <FormField label={t('settings.caps.count')} errorText={fault === 'count' ? t('settings.caps.count.wrong') : undefined}>
                  <Input
                    type="number"
                    inputMode="numeric"
                    value={cap.count}
                    readOnly={!editable}
                    onChange={({ detail }) => set(at, { count: detail.value })}
                  />
                </FormField>
                <FormField label={t('settings.caps.per')}>
                  <Select
                    selectedOption={own.find(({ value }) => value === cap.per) ?? null}
                    options={own}
                    readOnly={!editable}
                    onChange={({ detail }) => set(at, { per: detail.selectedOption.value ?? cap.per })}
                  />
                </FormField>
                {editable && (
                  <Box padding={{ top: 'xl' }}>
                    <Button
                      formAction="none"
                      variant="icon"
                      iconName="remove"
                      ariaLabel={t('settings.caps.remove', { name: cap.name })}
                      onClick={() => onChange(caps.filter((_, index) => index !== at))}
                    />
                  </Box>
                )}
              </Grid>
            </div>
          );
        })}
      </SpaceBetween>
    </Container>
  );
}
