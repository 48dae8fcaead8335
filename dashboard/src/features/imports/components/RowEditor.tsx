import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { mend, valueOf, type Mends, type RejectedRow, type Rejects } from '../rejects';

interface Props {
  rejects: Rejects;
  row: RejectedRow;
  mends: Mends;
  onDone: (mends: Mends) => void;
  onCancel: () => void;
}

/** A whole row to be put right: for rows of which no single value is at fault. */
export function RowEditor({ rejects, row, mends, onDone, onCancel }: Props) {
  const { t, format } = useTexts();
  const [own, setOwn] = useState(mends);
  return (
    <Confirm
      title={t('imports.rejects.editRow.title', { row: format.number(row.row) })}
      verb={t('imports.rejects.keep')}
      busy={false}
      error={null}
      onConfirm={() => onDone(own)}
      onCancel={onCancel}
    >
      {rejects.headers.map((column) => (
        <FormField key={column} label={column}>
          <Input value={valueOf(rejects, row, column, own)} onChange={({ detail }) => setOwn(mend(rejects, own, row, column, detail.value))} />
        </FormField>
      ))}
    </Confirm>
  );
}
