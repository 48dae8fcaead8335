import { useEffect, useMemo, useRef, useState } from 'react';

import { newKey, readCampaign, useSave } from './api';
import type { Versioned } from '../../shared/api/client';
import { asProblem } from '../../shared/api/problem';
import type { Campaign, CampaignPlan, FieldError } from '../../shared/api/types';
import { differences, faultsOf, formOf, planOf, type PlanForm } from './form';
import { merge, type Merged } from './merge';

interface Kept {
  form: PlanForm;
  /** The plan that the form was made of, to tell what has been changed. */
  base: CampaignPlan;
  etag: string | null;
  key: string;
}

const place = (id: string | null): string => `carillon.campaign.${id ?? 'new'}`;

function restore(id: string | null): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(place(id)) ?? 'null') as Kept | null;
  } catch {
    return null;
  }
}

/** A plan as the form can say it: to the minute, say, where a date had nanoseconds. */
const plain = (plan: CampaignPlan): CampaignPlan => planOf(formOf(plan));

export interface Conflict extends Merged {
  theirs: Versioned<Campaign>;
}

export interface Editor {
  form: PlanForm;
  change: (change: Partial<PlanForm>) => void;
  saved: Versioned<Campaign> | null;
  dirty: boolean;
  restored: boolean;
  saving: boolean;
  error: unknown;
  /** What the API said of fields the last time. */
  fields: readonly FieldError[];
  conflict: Conflict | null;
  /** Saves what is not saved yet; `null` if that did not work, and `error` or `conflict` says why. */
  save: () => Promise<Versioned<Campaign> | null>;
  resolve: (how: 'both' | 'theirs') => void;
  /** Forgets what was typed. */
  discard: () => void;
}

/**
 * A campaign that is being edited. What is typed survives a reload of the page, a session that ends, and somebody else's
 * edit: it is kept in the tab until it is saved or discarded.
 */
export function useEditor(saved: Versioned<Campaign> | null, fresh: CampaignPlan): Editor {
  const id = saved?.value.id ?? null;
  const [kept] = useState(() => restore(id));
  const [base, setBase] = useState<CampaignPlan>(() => kept?.base ?? plain(saved?.value.plan ?? fresh));
  const [form, setForm] = useState<PlanForm>(() => kept?.form ?? formOf(saved?.value.plan ?? fresh));
  // The version that the edit began with: a newer one, read meanwhile, must not hide that somebody else was there.
  const [at, setAt] = useState<Versioned<Campaign> | null>(() => (saved && kept?.etag ? { ...saved, etag: kept.etag } : saved));
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [restored, setRestored] = useState(kept !== null);
  const key = useRef(kept?.key ?? newKey());
  const { mutateAsync, isPending, error, reset } = useSave();

  const typed = useMemo(() => planOf(form), [form]);
  const changed = differences(base, typed);
  const dirty = changed.length > 0;
  useEffect(() => {
    if (dirty) {
      const now: Kept = { form, base, etag: at?.etag ?? null, key: key.current };
      sessionStorage.setItem(place(id), JSON.stringify(now));
    } else {
      sessionStorage.removeItem(place(id));
    }
  }, [dirty, form, base, at, id]);

  const settle = (now: Versioned<Campaign>) => {
    setAt(now);
    setBase(plain(now.value.plan));
    setConflict(null);
    setRestored(false);
    sessionStorage.removeItem(place(id));
  };
  const save = async () => {
    if (at && !dirty) {
      return at;
    }
    if (faultsOf(form).length > 0) {
      return null;
    }
    // What nobody has touched is sent back as it came, to the last digit.
    const onto = (there: CampaignPlan) => ({ ...there, ...Object.fromEntries(changed.map((key) => [key, typed[key]])) });
    const put = async (there: Versioned<Campaign> | null) => {
      const based = there && { id: there.value.id, etag: there.etag };
      const now = await mutateAsync({ plan: there ? onto(there.value.plan) : typed, based, key: key.current });
      settle(now);
      return now;
    };
    try {
      return await put(at);
    } catch (trouble) {
      if (at && asProblem(trouble).kind === 'changed') {
        const theirs = await readCampaign(at.value.id).catch(() => null);
        if (theirs && differences(base, plain(theirs.value.plan)).length === 0) {
          // Not the plan has changed, but where the campaign stands: an import has come to its end, say.
          return put(theirs).catch(() => null);
        }
        if (theirs) {
          setConflict({ theirs, ...merge(base, typed, plain(theirs.value.plan)) });
        }
      }
      return null;
    }
  };
  return {
    form,
    change: (change) => setForm((old) => ({ ...old, ...change })),
    saved: at,
    dirty,
    restored,
    saving: isPending,
    error: conflict ? null : error,
    fields: error ? asProblem(error).fields : [],
    conflict,
    save,
    resolve: (how) => {
      if (conflict) {
        const { theirs } = conflict;
        setForm(formOf(how === 'theirs' ? theirs.value.plan : conflict.plan));
        settle(theirs);
        reset();
      }
    },
    discard: () => {
      sessionStorage.removeItem(place(id));
      setForm(formOf(at?.value.plan ?? fresh));
      setBase(plain(at?.value.plan ?? fresh));
      setRestored(false);
      reset();
    },
  };
}
