import type { PlanForm } from '../form';

/** What every step of the wizard is given. */
export interface StepProps {
  form: PlanForm;
  change: (change: Partial<PlanForm>) => void;
  /** What is wrong with a field, by the API's name of it, once that is to be shown. */
  fault: (field: string) => string | undefined;
}
