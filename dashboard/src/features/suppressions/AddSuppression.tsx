import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import { useNumbers } from '../../shared/api/numbers';
import { asProblem } from '../../shared/api/problem';
import { useSuppress } from '../../shared/api/suppressions';
import { useTexts } from '../../shared/i18n';
import { DO_NOT_CALL, GroundFields } from '../../shared/suppression/Ground';
import { Confirm } from '../../shared/ui/Confirm';
import { NumberSign } from '../../shared/ui/NumberSign';
import { useLater } from '../../shared/ui/useLater';

interface Props {
  onDone: (address: string) => void;
  onCancel: () => void;
}

/** A number in any notation, or an email address, put on the list. */
export function AddSuppression({ onDone, onCancel }: Props) {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const [ground, setGround] = useState(DO_NOT_CALL);
  const [asked, setAsked] = useState(false);
  const add = useSuppress();
  const given = text.trim();
  const isNumber = given !== '' && !given.includes('@');
  const settled = useLater(isNumber ? given : '');
  const numbers = useNumbers(settled === '' ? [] : [{ number: settled, country: '' }]);
  const checked = isNumber && settled === given ? numbers.of({ number: given, country: '' }) : undefined;
  // Numbers that nobody would call may be on the list all the same: the API decides about those with a country code.
  const address = isNumber ? (checked?.phone ?? given) : given;
  const refused = asProblem(add.error).about('address');

  const submit = () => {
    setAsked(true);
    if (given !== '') {
      add.mutate({ address, ...ground }, { onSuccess: (added) => onDone(added.address) });
    }
  };
  return (
    <Confirm title={t('suppressions.add.title')} verb={t('action.add')} busy={add.isPending} error={refused ? null : add.error} onConfirm={submit} onCancel={onCancel}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <FormField
          label={t('suppressions.address')}
          description={t('suppressions.address.hint')}
          errorText={asked && given === '' ? t('field.required') : refused && !checked ? refused : undefined}
        >
          <Input value={text} onChange={({ detail }) => setText(detail.value)} autoFocus ariaRequired inputMode="text" />
        </FormField>
        <div aria-live="polite">{checked && <NumberSign checked={checked} />}</div>
      </form>
      <GroundFields value={ground} onChange={setGround} />
    </Confirm>
  );
}
