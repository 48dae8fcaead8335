import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap, versioned } from '../../shared/api/client';
import type { ContactPatch, NewContact } from '../../shared/api/types';

/** What is searched and filtered for, as it stands in the address. */
export interface Question {
  /** As one types: a name, a number in any notation, an email address. */
  q: string;
  tag: string;
  import: string;
  /** A saved search that must hold as well. */
  segment: string;
}

export const contactsQuery = (question: Question, cursor: string | undefined, limit: number) =>
  queryOptions({
    queryKey: ['contacts', 'list', question, cursor ?? null, limit],
    queryFn: ({ signal }) =>
      unwrap(
        api().GET('/v1/contacts', {
          params: {
            query: {
              limit,
              cursor,
              q: question.q || undefined,
              tag: question.tag || undefined,
              import: question.import || undefined,
              segment: question.segment || undefined,
            },
          },
          signal,
        }),
      ),
  });

export function useContacts(question: Question, cursor: string | undefined, limit: number) {
  return useQuery({ ...contactsQuery(question, cursor, limit), placeholderData: (before) => before });
}

/** A contact with everything that has happened. */
export const contactQuery = (id: string) =>
  queryOptions({
    queryKey: ['contacts', 'one', id],
    queryFn: () => versioned(api().GET('/v1/contacts/{contact}', { params: { path: { contact: id } } })),
  });

/** The same, kept up to date: while a call may be going on it is looked at again. */
export function useContact(id: string) {
  return useQuery({
    ...contactQuery(id),
    refetchInterval: (query) => (query.state.data?.value.attempts.some(({ state }) => state !== 'ended') ? 3_000 : false),
  });
}

export function useCreateContact() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ contact, key }: { contact: NewContact; key: string }) =>
      unwrap(api().POST('/v1/contacts', { params: { header: { 'Idempotency-Key': key } }, body: contact })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['contacts', 'list'] }),
  });
}

export function useEditContact(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ patch, etag }: { patch: ContactPatch; etag: string }) =>
      unwrap(api().PATCH('/v1/contacts/{contact}', { params: { path: { contact: id }, header: { 'If-Match': etag } }, body: patch })),
    onSettled: () => client.invalidateQueries({ queryKey: ['contacts'] }),
  });
}

export function useExplanation(campaign: string, contact: string, wanted: boolean) {
  return useQuery({
    queryKey: ['contacts', 'explanation', campaign, contact],
    queryFn: () =>
      unwrap(api().GET('/v1/campaigns/{campaign}/enrollments/{contact}/explanation', { params: { path: { campaign, contact } } })),
    enabled: wanted,
  });
}

/** As many as the API takes in one request. */
const ENROLLED_AT_ONCE = 100;

export function useEnroll() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ campaign, contacts, priority, key }: { campaign: string; contacts: readonly string[]; priority: number; key: string }) => {
      const sum = { enrolled: 0, already: 0 };
      for (let from = 0; from < contacts.length; from += ENROLLED_AT_ONCE) {
        const { enrolled, already } = await unwrap(
          api().POST('/v1/campaigns/{campaign}/enrollments', {
            params: { path: { campaign }, header: { 'Idempotency-Key': `${key}-${from}` } },
            body: { contacts: contacts.slice(from, from + ENROLLED_AT_ONCE), priority },
          }),
        );
        sum.enrolled += enrolled;
        sum.already += already;
      }
      return sum;
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['contacts'] });
      void client.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
}

/** Writing, changing and deleting a note, each of which leaves the contact's page to be read again. */
export function useNotes(contact: string) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['contacts', 'one', contact] });
  const path = (note: string) => ({ contact, note });
  return {
    write: useMutation({
      mutationFn: ({ text, key }: { text: string; key: string }) =>
        unwrap(
          api().POST('/v1/contacts/{contact}/notes', { params: { path: { contact }, header: { 'Idempotency-Key': key } }, body: { text } }),
        ),
      onSettled,
    }),
    change: useMutation({
      mutationFn: ({ id, version, text }: { id: string; version: number; text: string }) =>
        unwrap(
          api().PUT('/v1/contacts/{contact}/notes/{note}', { params: { path: path(id), header: { 'If-Match': etagOf(version) } }, body: { text } }),
        ),
      onSettled,
    }),
    remove: useMutation({
      mutationFn: ({ id, version }: { id: string; version: number }) =>
        unwrap(api().DELETE('/v1/contacts/{contact}/notes/{note}', { params: { path: path(id), header: { 'If-Match': etagOf(version) } } })),
      onSettled,
    }),
  };
}

const etagOf = (version: number): string => `"${version}"`;

export function useForget(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (suppress: boolean) => unwrap(api().POST('/v1/contacts/{contact}/erase', { params: { path: { contact: id } }, body: { suppress } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['suppressions'] });
      void client.invalidateQueries({ queryKey: ['campaigns'] });
    },
  });
}
