import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';

import { countryOptions } from '../../../shared/countries';
import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useOwnCountry } from '../api';
import type { Choices } from '../choices';
import { useNumbers, type Written } from '../../../shared/api/numbers';
import { clean, type Sample } from '../sample';

/** Rows whose numbers are looked at before anything is sent. */
const LOOKED_AT = 200;
const OWN = '';

/** The numbers of the first rows, as the importer will read them, for the country that is chosen here. */
export function writtenIn({ rows }: Sample, { fields, country }: Choices): Written[] {
  const phone = fields.indexOf('phone');
  const land = fields.indexOf('country');
  const cell = (row: string[], at: number) => (at < 0 ? '' : clean(row[at] ?? ''));
  return phone < 0 ? [] : rows.slice(0, LOOKED_AT).map((row) => ({ number: cell(row, phone), country: cell(row, land) || (country ?? '') }));
}

interface Props {
  sample: Sample;
  choices: Choices;
  onChange: (part: Partial<Choices>) => void;
}

export function NumbersPreview({ sample, choices, onChange }: Props) {
  const { t, n, maybe, format } = useTexts();
  const own = useOwnCountry().data;
  const all = writtenIn(sample, choices);
  const numbers = useNumbers(all);
  const checked = all.map((written) => numbers.of(written)).filter((one) => one !== undefined);
  const bad = checked.filter((one) => !one.valid);
  const byCode = new Map<string, { count: number; reason: string }>();
  for (const { code, reason } of bad) {
    const known = byCode.get(code ?? '');
    byCode.set(code ?? '', { count: (known?.count ?? 0) + 1, reason: reason ?? '' });
  }
  const ownLabel = own ? t('imports.country.ownOf', { country: format.country(own) }) : t('imports.country.own');
  const options = [{ value: OWN, label: ownLabel, description: '' }, ...countryOptions(format)];
  return (
    <Container header={<Header variant="h2">{t('imports.numbers')}</Header>}>
      <SpaceBetween size="m">
        <FormField label={t('imports.country')} description={t('imports.country.hint')}>
          <Select
            selectedOption={options.find(({ value }) => value === (choices.country ?? OWN)) ?? null}
            options={options}
            filteringType="auto"
            virtualScroll
            onChange={({ detail }) => onChange({ country: detail.selectedOption.value || null })}
          />
        </FormField>
        <ProblemAlert error={numbers.error} />
        <div aria-live="polite">
          {checked.length > 0 && bad.length === 0 && (
            <StatusIndicator type="success">{n('imports.numbers.allGood', checked.length)}</StatusIndicator>
          )}
          {bad.length > 0 && (
            <Alert type="warning" header={t('imports.numbers.bad', { bad: format.number(bad.length), all: format.number(checked.length) })}>
              <ul>
                {[...byCode].map(([code, { count, reason }]) => (
                  <li key={code}>
                    <Box variant="span">
                      {format.number(count)} × {maybe(`reject.${code}`, reason)}
                    </Box>
                  </li>
                ))}
              </ul>
              {t('imports.numbers.bad.hint')}
            </Alert>
          )}
        </div>
      </SpaceBetween>
    </Container>
  );
}
