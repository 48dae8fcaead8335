import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';

import type { NumberChecked } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { isMendable, type Fault, type RejectedRow } from '../rejects';
import { NumberSign } from '../../../shared/ui/NumberSign';

interface Props {
  fault: Fault;
  row: RejectedRow;
  /** What stands there now; `null` where no single value is at fault. */
  value: string | null;
  mended: boolean;
  /** For a number that was mended: what the importer would make of it. */
  checked: NumberChecked | undefined;
  canMend: boolean;
  onChange: (column: string, value: string) => void;
  onEditRow: () => void;
}

/** What was refused, in a field to be put right where that can help. */
export function FaultCell({ fault, row, value, mended, checked, canMend, onChange, onEditRow }: Props) {
  const { t, format } = useTexts();
  const { column } = fault;
  if (!canMend || !isMendable(fault)) {
    return <Box variant="code">{value ?? row.values.join(' ')}</Box>;
  }
  if (column === null || value === null) {
    return (
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button variant="inline-link" onClick={onEditRow} ariaLabel={t('imports.rejects.editRow.label', { row: format.number(row.row) })}>
          {t('imports.rejects.editRow')}
        </Button>
        {mended && <StatusIndicator type="success">{t('imports.rejects.mended')}</StatusIndicator>}
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="xxs">
      <div className="with-button">
        <Input
          value={value}
          onChange={({ detail }) => onChange(column, detail.value)}
          ariaLabel={t('imports.rejects.at', { row: format.number(row.row), column })}
          invalid={checked?.valid === false}
        />
        <Button variant="icon" iconName="edit" onClick={onEditRow} ariaLabel={t('imports.rejects.editRow.label', { row: format.number(row.row) })} />
      </div>
      {checked && <NumberSign checked={checked} />}
    </SpaceBetween>
  );
}
