import { keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, newKey, text, unwrap, versioned, type Versioned } from '../../shared/api/client';
import type { Campaign, CampaignPlan, CampaignState, Outcome, StateName } from '../../shared/api/types';
import { every, LIVE, paced } from '../../shared/live';

/** States in which something moves by itself. */
export const isActive = (state: CampaignState): boolean => state === 'scheduled' || state === 'running' || state === 'stopping';

/** States that nothing leads out of but a person, who may be somebody else. */
const isOver = (state: CampaignState): boolean => state === 'completed' || state === 'archived';

const keys = {
  all: ['campaigns'] as const,
  one: (id: string) => ['campaigns', 'one', id] as const,
  progress: (id: string) => ['campaigns', 'progress', id] as const,
  rules: (id: string) => ['campaigns', 'rules', id] as const,
  enrollments: (id: string) => ['campaigns', 'enrollments', id] as const,
};

const LIST_PAGE = 100;

/** All campaigns, newest first, as far as they have been asked for. */
export function useCampaigns() {
  return useInfiniteQuery({
    queryKey: [...keys.all, 'list'],
    queryFn: ({ pageParam }) => unwrap(api().GET('/v1/campaigns', { params: { query: { limit: LIST_PAGE, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: () => every(LIVE.loosely),
  });
}

const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: () => versioned(api().GET('/v1/campaigns/{campaign}', { params: { path: { campaign: id } } })),
  });

/** One campaign with its version; `live` follows what others do to it. */
export function useCampaign(id: string, live = false) {
  return useQuery({
    ...campaignQuery(id),
    refetchInterval: ({ state }) => every(LIVE.closely, live && (state.data === undefined || !isOver(state.data.value.state))),
  });
}

const progressQuery = (id: string) =>
  queryOptions({
    queryKey: keys.progress(id),
    queryFn: () => unwrap(api().GET('/v1/campaigns/{campaign}/progress', { params: { path: { campaign: id } } })),
  });

export function useProgress(id: string, interval: number | false, enabled = true) {
  return useQuery({ ...progressQuery(id), refetchInterval: paced(interval), enabled });
}

/** Progress of what a list shows: what moves is asked for again and again, what is over only once. */
export function useProgresses(campaigns: readonly Campaign[]) {
  return useQueries({
    queries: campaigns.map(({ id, state }) => ({
      ...progressQuery(id),
      staleTime: isOver(state) ? Infinity : LIVE.loosely,
      refetchInterval: () => every(LIVE.loosely, isActive(state)),
    })),
    combine: (results) => new Map(results.flatMap(({ data }) => (data ? [[data.campaign, data] as const] : []))),
  });
}

export interface EnrollmentFilter {
  state?: StateName;
  outcome?: Outcome;
  cursor?: string;
}

export function useEnrollments(id: string, filter: EnrollmentFilter, interval: number | false) {
  return useQuery({
    queryKey: [...keys.enrollments(id), filter],
    queryFn: () =>
      unwrap(api().GET('/v1/campaigns/{campaign}/enrollments', { params: { path: { campaign: id }, query: { limit: 25, ...filter } } })),
    placeholderData: keepPreviousData,
    refetchInterval: paced(interval),
  });
}

export function useEnrollment(id: string, contact: string) {
  return useQuery({
    queryKey: [...keys.enrollments(id), 'one', contact],
    queryFn: () =>
      unwrap(api().GET('/v1/campaigns/{campaign}/enrollments/{contact}', { params: { path: { campaign: id, contact } } })),
    refetchInterval: ({ state }) => every(LIVE.loosely, state.data?.enrollment.state !== 'ended'),
  });
}

export function useExplanation(id: string, contact: string, moving: boolean) {
  return useQuery({
    queryKey: [...keys.enrollments(id), 'why', contact],
    queryFn: () =>
      unwrap(api().GET('/v1/campaigns/{campaign}/enrollments/{contact}/explanation', { params: { path: { campaign: id, contact } } })),
    refetchInterval: () => every(LIVE.loosely, moving),
  });
}

export function useRules(id: string | undefined, version: string | undefined) {
  return useQuery({
    queryKey: [...keys.rules(id ?? ''), version],
    enabled: id !== undefined,
    queryFn: () => unwrap(api().GET('/v1/campaigns/{campaign}/rules', { params: { path: { campaign: id ?? '' } } })),
    placeholderData: keepPreviousData,
  });
}

/** What keeps a saved campaign from starting. It reads, although it is asked for by POST. */
export function useValidation(id: string | undefined, version: string | undefined) {
  return useQuery({
    queryKey: ['campaigns', 'validation', id, version],
    enabled: id !== undefined,
    staleTime: 0,
    queryFn: () => unwrap(api().POST('/v1/campaigns/{campaign}/validate', { params: { path: { campaign: id ?? '' } } })),
    placeholderData: keepPreviousData,
  });
}

/** Where agents wait for calls. */
export function useQueues(enabled = true) {
  return useQuery({
    queryKey: ['agents', 'queues'],
    queryFn: async () => (await unwrap(api().GET('/v1/queues'))).items,
    staleTime: 60_000,
    enabled,
  });
}

const COMMANDS = {
  start: '/v1/campaigns/{campaign}/start',
  pause: '/v1/campaigns/{campaign}/pause',
  resume: '/v1/campaigns/{campaign}/resume',
  stop: '/v1/campaigns/{campaign}/stop',
  archive: '/v1/campaigns/{campaign}/archive',
} as const;
export type Command = keyof typeof COMMANDS;

/** Carries a command out, once however often it is sent; what it answers is shown at once. */
export function useCommand(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ command, key }: { command: Command; key: string }) =>
      versioned<Campaign>(
        api().POST(COMMANDS[command], { params: { path: { campaign: id }, header: { 'Idempotency-Key': key } } }),
      ),
    onSuccess: (campaign) => client.setQueryData(keys.one(id), campaign),
    onSettled: () => client.invalidateQueries({ queryKey: keys.all }),
  });
}

export function useClone() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, key }: { id: string; key: string }) =>
      unwrap(api().POST('/v1/campaigns/{campaign}/clone', { params: { path: { campaign: id }, header: { 'Idempotency-Key': key } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.all }),
  });
}

export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version }: Pick<Campaign, 'id' | 'version'>) =>
      unwrap(api().DELETE('/v1/campaigns/{campaign}', { params: { path: { campaign: id }, header: { 'If-Match': `"${version}"` } } })),
    onSuccess: (_, { id }) => {
      client.removeQueries({ queryKey: keys.one(id) });
      return client.invalidateQueries({ queryKey: [...keys.all, 'list'] });
    },
  });
}

export interface Save {
  plan: CampaignPlan;
  /** What is saved already, with the version that the edit is based on. */
  based: { id: string; etag: string } | null;
  /** Names the creation, so that a repeated one creates nothing more. */
  key: string;
}

export function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ plan, based, key }: Save): Promise<Versioned<Campaign>> =>
      based
        ? versioned(
            api().PUT('/v1/campaigns/{campaign}', {
              params: { path: { campaign: based.id }, header: { 'If-Match': based.etag } },
              body: plan,
            }),
          )
        : versioned(api().POST('/v1/campaigns', { params: { header: { 'Idempotency-Key': key } }, body: plan })),
    onSuccess: (saved) => {
      client.setQueryData(keys.one(saved.value.id), saved);
      return client.invalidateQueries({ queryKey: [...keys.all, 'list'] });
    },
  });
}

/** The campaign as it is now, whatever is kept here. */
export const readCampaign = (id: string): Promise<Versioned<Campaign>> =>
  versioned(api().GET('/v1/campaigns/{campaign}', { params: { path: { campaign: id } } }));

export function useEnroll(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ contacts, key }: { contacts: string[]; key: string }) =>
      unwrap(
        api().POST('/v1/campaigns/{campaign}/enrollments', {
          params: { path: { campaign: id }, header: { 'Idempotency-Key': key } },
          body: { contacts },
        }),
      ),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.progress(id) }),
        client.invalidateQueries({ queryKey: keys.enrollments(id) }),
        client.invalidateQueries({ queryKey: ['campaigns', 'validation', id] }),
      ]),
  });
}

/** All parts of the results, one file, to the byte: a text would lose the mark that tells spreadsheets of UTF-8. */
export async function readResults(id: string): Promise<Blob> {
  const parts: Blob[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor ? `?cursor=${encodeURIComponent(cursor)}` : '';
    const part: Response = await text(`/v1/campaigns/${encodeURIComponent(id)}/results.csv${query}`);
    parts.push(await part.blob());
    cursor = part.headers.get('x-next-cursor');
  }
  return new Blob(parts, { type: 'text/csv;charset=utf-8' });
}

export { newKey };

/** One number as people write it, looked at by the API. */
export function useCheckNumber() {
  return useMutation({
    mutationFn: async (number: string) =>
      (await unwrap(api().POST('/v1/numbers/validate', { body: { numbers: [number] } }))).numbers[0] ?? null,
  });
}

/** The tenant's own settings: what a new campaign begins with. */
export function useSettings() {
  return useQuery({ queryKey: ['settings'], queryFn: () => versioned(api().GET('/v1/settings')), staleTime: 60_000 });
}

/** Contacts to choose from. */
export function useContacts(cursor: string | undefined) {
  return useQuery({
    queryKey: ['contacts', 'choose', cursor ?? null],
    queryFn: () => unwrap(api().GET('/v1/contacts', { params: { query: { limit: 20, cursor } } })),
    placeholderData: keepPreviousData,
  });
}

/** How many calls ended, minute by minute. */
export function useMinutes(id: string, hours: number, interval: number | false) {
  return useQuery({
    queryKey: ['campaigns', 'minutes', id, hours],
    queryFn: () => unwrap(api().GET('/v1/campaigns/{campaign}/minutes', { params: { path: { campaign: id }, query: { hours } } })),
    refetchInterval: paced(interval),
    placeholderData: keepPreviousData,
  });
}
