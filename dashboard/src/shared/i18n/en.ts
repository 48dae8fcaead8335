import { agents } from './en/agents';
import { callNow } from './en/callnow';
import { calls } from './en/calls';
import { campaigns } from './en/campaigns';
import { common } from './en/common';
import { contacts } from './en/contacts';
import { floor } from './en/floor';
import { handover } from './en/handover';
import { imports } from './en/imports';
import { leads } from './en/leads';
import { overview } from './en/overview';
import { provider } from './en/provider';
import { rules } from './en/rules';
import { session } from './en/session';
import { settings } from './en/settings';
import { suppressions } from './en/suppressions';
import { tenants } from './en/tenants';
import { webhooks } from './en/webhooks';

/** Every text in English, which says what texts there are. */
export const en = {
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
} as const;

export type MessageKey = keyof typeof en;
export type Catalogue = Record<MessageKey, string>;

type Stem<Key> = Key extends `${infer Name}_one` ? Name : never;
/** What is there twice, as `..._one` and `..._other`: both languages have these two forms. */
export type PluralKey = Stem<MessageKey>;
