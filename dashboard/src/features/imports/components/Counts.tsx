import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { CSSProperties } from 'react';

import type { Import } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import '../imports.css';

type Part = Exclude<keyof Import['counts'], 'rows'>;

const COLOURS: Record<Part, string> = {
  valid: 'valid',
  invalid: 'invalid',
  duplicate_in_file: 'duplicate',
  duplicate_in_campaign: 'duplicate',
  duplicate_in_tenant: 'duplicate',
  suppressed: 'suppressed',
};
const PARTS = Object.keys(COLOURS) as Part[];

const colour = (part: Part, grow?: number): CSSProperties =>
  ({ '--part': `var(--part-${COLOURS[part]})`, ...(grow === undefined ? {} : { flexGrow: grow }) }) as CSSProperties;

/** What became of the rows: every row is in exactly one part, so the parts add up to the rows read. */
export function Counts({ of: { counts, options } }: { of: Import }) {
  const { t, n, format } = useTexts();
  const hint = (part: Part) =>
    t(part === 'duplicate_in_tenant' && options.duplicates === 'update' ? 'imports.count.duplicate_in_tenant.updated' : `imports.count.${part}.hint`);
  const shown = PARTS.filter((part) => counts[part] > 0);
  return (
    <div className="parts">
      <SpaceBetween size="m">
        <Box variant="p">{n('imports.rowsRead', counts.rows)}</Box>
        {counts.rows > 0 && (
          <div className="parts-bar" aria-hidden="true">
            {shown.map((part) => (
              <span key={part} style={colour(part, counts[part])} />
            ))}
          </div>
        )}
        <ul className="parts-list">
          {(shown.length > 0 ? shown : (['valid', 'invalid'] as const)).map((part) => (
            <li key={part} style={colour(part)}>
              <Box fontSize="heading-xl" fontWeight="bold">
                {format.number(counts[part])}
              </Box>
              <Box variant="strong">{t(`imports.count.${part}`)}</Box>
              <Box variant="small" color="text-body-secondary" display="block">
                {hint(part)}
              </Box>
            </li>
          ))}
        </ul>
      </SpaceBetween>
    </div>
  );
}
