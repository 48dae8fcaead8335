import type { Catalogue } from './en';
import { agents } from './de/agents';
import { callNow } from './de/callnow';
import { calls } from './de/calls';
import { campaigns } from './de/campaigns';
import { common } from './de/common';
import { contacts } from './de/contacts';
import { floor } from './de/floor';
import { handover } from './de/handover';
import { imports } from './de/imports';
import { leads } from './de/leads';
import { overview } from './de/overview';
import { provider } from './de/provider';
import { rules } from './de/rules';
import { session } from './de/session';
import { settings } from './de/settings';
import { suppressions } from './de/suppressions';
import { tenants } from './de/tenants';
import { webhooks } from './de/webhooks';

/** Every text in German: a text that is missing, or one too many, does not compile. */
export const de: Catalogue = {
  ...common,
  ...session,
  ...overview,
  ...campaigns,
  ...agents,
  ...callNow,
  ...calls,
  ...contacts,
  ...floor,
  ...handover,
  ...imports,
  ...leads,
  ...provider,
  ...rules,
  ...suppressions,
  ...settings,
  ...tenants,
  ...webhooks,
};
