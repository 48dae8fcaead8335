import type { components } from '../../shared/api/schema';

type Result = components['schemas']['TwilioTestResult'];
export type Finding = components['schemas']['Finding'];

export interface Check {
  /** What was looked at: a step of the connection, or a number. */
  what: 'reached' | 'credentials' | 'account' | 'number';
  number?: string;
  /** Whether people call it. */
  takesCalls?: boolean;
  sign: 'success' | 'warning' | 'error' | 'stopped';
  findings: Finding[];
}

/** Which step of the connection each finding breaks; those of numbers stand with their numbers. */
const STEPS: Record<Exclude<Check['what'], 'number'>, readonly string[]> = {
  reached: ['not_configured', 'unreachable', 'unexpected_answer'],
  credentials: ['bad_credentials'],
  account: ['account_suspended', 'account_closed', 'trial_account'],
};

const signOf = (findings: readonly Finding[]): Check['sign'] =>
  findings.some(({ severity }) => severity === 'error') ? 'error' : findings.length > 0 ? 'warning' : 'success';

/** What was found as a list to go through: each step after one that failed has not been looked at. A finding of a kind that is not known yet stands with the account. */
export function checksOf({ findings, numbers }: Result): Check[] {
  const known = Object.values(STEPS).flat();
  const checks: Check[] = [];
  let broken = false;
  for (const what of ['reached', 'credentials', 'account'] as const) {
    const mine = findings.filter(({ code, number }) => !number && (STEPS[what].includes(code) || (what === 'account' && !known.includes(code))));
    const sign: Check['sign'] = broken && mine.length === 0 ? 'stopped' : signOf(mine);
    broken ||= sign === 'error';
    checks.push({ what, sign, findings: mine });
  }
  for (const { number, takes_calls } of numbers) {
    const mine = findings.filter((one) => one.number === number);
    checks.push({ what: 'number', number, takesCalls: takes_calls, sign: signOf(mine), findings: mine });
  }
  return checks;
}
