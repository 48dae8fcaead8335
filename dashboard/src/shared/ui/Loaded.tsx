import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { asProblem } from '../api/problem';
import { useTexts } from '../i18n';
import { Forbidden, Forgotten, NotFound } from './states';
import { ProblemAlert } from './ProblemAlert';

interface Props<T> {
  query: UseQueryResult<T>;
  children: (value: T) => ReactNode;
}

/** The states of a page before it has anything to show; afterwards what was read stays, whatever a refresh says. */
export function Loaded<T>({ query, children }: Props<T>) {
  const { t } = useTexts();
  if (query.data !== undefined) {
    return children(query.data);
  }
  if (query.error) {
    switch (asProblem(query.error).kind) {
      case 'not-found':
        return <NotFound />;
      case 'erased':
        return <Forgotten />;
      case 'forbidden':
        return <Forbidden />;
      default:
        return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
    }
  }
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" /> {t('state.loading')}
    </Box>
  );
}
