import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';

import { asProblem } from '../api/problem';
import { useTexts } from '../i18n';

interface Props {
  error: unknown;
  onRetry?: () => void;
  /** Fields whose complaints stand beside their inputs already. */
  shown?: readonly string[];
}

/** What went wrong, in the reader's language as far as we have words for it, and what to do about it. */
export function ProblemAlert({ error, onRetry, shown = [] }: Props) {
  const { t } = useTexts();
  if (error === null || error === undefined) {
    return null;
  }
  const problem = asProblem(error);
  const covered = (field: string) => shown.some((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`));
  const fields = problem.fields.filter((one) => !covered(one.field));
  return (
    <Alert
      type="error"
      header={t(`problem.${problem.kind}`)}
      action={onRetry && <Button onClick={onRetry}>{t('action.retry')}</Button>}
    >
      {fields.length > 0 ? (
        <ul>
          {fields.map((one) => (
            <li key={`${one.field} ${one.message}`}>
              <Box variant="code">{one.field}</Box> {one.message}
            </li>
          ))}
        </ul>
      ) : (
        problem.fields.length === 0 && problem.detail
      )}
      {problem.requestId && (
        <Box variant="small" color="text-body-secondary" display="block">
          {t('problem.request', { id: problem.requestId })}
        </Box>
      )}
    </Alert>
  );
}
