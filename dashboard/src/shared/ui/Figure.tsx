import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

import { useNarrow } from './useNarrow';

/** A number that a page is read for. Two side by side on a narrow page have no room for the largest letters: "96,1 %". */
export function Figure({ children }: { children: ReactNode }) {
  return useNarrow() ? (
    <Box fontSize="heading-xl" fontWeight="bold">
      {children}
    </Box>
  ) : (
    <Box variant="awsui-value-large">{children}</Box>
  );
}
