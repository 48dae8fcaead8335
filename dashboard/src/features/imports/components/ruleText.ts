import { useTexts } from '../../../shared/i18n';
import { fill } from '../../../shared/i18n';
import { ruleOf } from '../rejects';

/** Why a row was refused, in the reader's language. */
export function useRuleText(): (reason: string) => string {
  const { maybe } = useTexts();
  return (reason) => {
    const { code, parameters } = ruleOf(reason);
    return code === undefined ? reason : fill(maybe(`reject.${code}`, reason), parameters);
  };
}
