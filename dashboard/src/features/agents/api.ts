import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, newKey, unwrap } from '../../shared/api/client';
import { useMay } from '../../shared/api/queries';
import { useRecorded } from '../../shared/api/recorded';
import { every, LIVE } from '../../shared/live';
import type { components } from '../../shared/api/schema';

type Schemas = components['schemas'];
export type Agent = Schemas['Agent'];
export type AgentProfile = Schemas['AgentProfile'];
export type Presence = Schemas['Presence'];
export type Queue = Schemas['Queue'];
export type LiveCall = Schemas['LiveCall'];
/** As what a supervisor joins. */
export type Watching = Exclude<Schemas['GuestRole'], 'party'>;
export type QueuePlan = Schemas['QueuePlan'];
export type WantedState = Schemas['WantedState'];
export type Story = Schemas['Story'];
export type Voicemail = Schemas['Voicemail'];

/** How often a desk asks while nobody tells it: often while a call may come. Milliseconds. */
const ON_DUTY = 1_000;
const OFF_DUTY = 15_000;
const FLOOR = 3_000;
/** So long after a time has run out it is asked what has become of it. */
const JUST_AFTER = 200;

const ME = ['agents', 'me'] as const;

export function useDesk() {
  return useQuery({
    queryKey: ME,
    queryFn: () => unwrap(api().GET('/v1/agents/me')),
    refetchInterval: ({ state }) => askAgainIn(state.data?.presence ?? null, Date.now()),
  });
}

/** A time that runs out changes a state without anybody's doing, so that nobody tells of it: it is asked about then. */
export function askAgainIn(presence: Pick<Presence, 'state' | 'until'> | null, now: number): number | false {
  const usual = every((presence?.state ?? 'offline') === 'offline' ? OFF_DUTY : ON_DUTY);
  const left = presence?.until ? Date.parse(presence.until) - now : Infinity;
  return usual !== false && left < usual ? Math.max(left, 0) + JUST_AFTER : usual;
}

export function useLiveCall(call: string | null | undefined) {
  return useQuery({
    queryKey: ['agents', 'call', call],
    queryFn: () => unwrap(api().GET('/v1/live-calls/{call}', { params: { path: { call: call ?? '' } } })),
    enabled: Boolean(call),
    refetchInterval: () => every(ON_DUTY),
  });
}

/** Who is on the line, and what has been with them. It is as it was when the call came. */
export function useStory(call: string) {
  const may = useMay();
  return useQuery({
    queryKey: ['agents', 'story', call],
    queryFn: () => unwrap(api().GET('/v1/live-calls/{call}/story', { params: { path: { call } } })),
    enabled: may('read_call_story'),
    staleTime: Infinity,
  });
}

export function useQueues() {
  return useQuery({ queryKey: ['agents', 'queues'], queryFn: async () => (await unwrap(api().GET('/v1/queues'))).items, staleTime: 60_000 });
}

/** What is done at a desk: each answers with where it leads, and the desk is read again. */
export function useAtDesk() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['agents'] });
  const to = (call: string) => ({ params: { path: { call } } });
  return {
    stand: useMutation({ mutationFn: (body: WantedState) => unwrap(api().PUT('/v1/agents/me/state', { body })), onSettled }),
    answer: useMutation({
      mutationFn: ({ take, call, offer }: { take: boolean; call: string; offer: number }) =>
        unwrap(
          take
            ? api().POST('/v1/agents/me/offer/accept', { body: { call, offer } })
            : api().POST('/v1/agents/me/offer/decline', { body: { call, offer } }),
        ),
      onSettled,
    }),
    steer: useMutation({
      mutationFn: ({ call, how }: { call: string; how: Steer }) => unwrap<unknown>(STEER[how](to(call))),
      onSettled,
    }),
    handOver: useMutation({
      mutationFn: ({ call, queue }: { call: string; queue: string }) =>
        unwrap(api().POST('/v1/live-calls/{call}/transfer', { ...to(call), body: { queue } })),
      onSettled,
    }),
    wrapUp: useMutation({
      mutationFn: ({ call, ...body }: { call: string } & Schemas['NewWrapUp']) =>
        unwrap(api().PUT('/v1/live-calls/{call}/wrap-up', { ...to(call), body })),
      onSettled,
    }),
  };
}

type To = { params: { path: { call: string } } };
const STEER = {
  hold: (to: To) => api().POST('/v1/live-calls/{call}/hold', to),
  resume: (to: To) => api().POST('/v1/live-calls/{call}/resume', to),
  mute: (to: To) => api().POST('/v1/live-calls/{call}/mute', to),
  unmute: (to: To) => api().POST('/v1/live-calls/{call}/unmute', to),
  hangUp: (to: To) => api().POST('/v1/live-calls/{call}/hang-up', to),
  leave: (to: To) => api().POST('/v1/live-calls/{call}/consult/cancel', to),
} as const;
export type Steer = keyof typeof STEER;

export function useAgents() {
  return useQuery({
    queryKey: ['agents', 'list'],
    queryFn: async () => (await unwrap(api().GET('/v1/agents'))).items,
    refetchInterval: () => every(FLOOR),
  });
}

/** What waits, by queue. */
export function useBoard() {
  const may = useMay();
  return useQuery({
    queryKey: ['agents', 'board'],
    queryFn: async () => (await unwrap(api().GET('/v1/board'))).queues,
    enabled: may('read_board'),
    refetchInterval: () => every(FLOOR),
  });
}

/** Messages that were left, the latest first. */
export function useVoicemails() {
  const may = useMay();
  return useQuery({
    queryKey: ['agents', 'voicemails'],
    queryFn: async () => (await unwrap(api().GET('/v1/voicemails', { params: { query: { limit: 25 } } }))).items,
    enabled: may('list_voicemails'),
    refetchInterval: () => every(LIVE.loosely),
  });
}

/** A message itself. */
export function useMessage(call: string) {
  return useRecorded(['agents', 'message', call], () =>
    unwrap(api().GET('/v1/live-calls/{call}/voicemail', { params: { path: { call } } })),
  );
}

export function useMakeAgent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ user, profile, key }: { user: string; profile: AgentProfile; key: string }) =>
      unwrap(api().POST('/v1/agents', { params: { header: { 'Idempotency-Key': key } }, body: { user, profile } })),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

export function useEditAgent() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ agent, profile }: { agent: Agent; profile: AgentProfile }) =>
      unwrap(
        api().PUT('/v1/agents/{agent}', {
          params: { path: { agent: agent.id }, header: { 'If-Match': `"${agent.version}"` } },
          body: profile,
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

export function useMakeQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ plan, key }: { plan: QueuePlan; key: string }) =>
      unwrap(api().POST('/v1/queues', { params: { header: { 'Idempotency-Key': key } }, body: plan })),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

export function useEditQueue() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ queue, plan }: { queue: Queue; plan: QueuePlan }) =>
      unwrap(
        api().PUT('/v1/queues/{queue}', { params: { path: { queue: queue.id }, header: { 'If-Match': `"${queue.version}"` } }, body: plan }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

/** Takes a queue away, or that a user is an agent. */
export function useRemove() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ what, id, version }: { what: 'queue' | 'agent'; id: string; version: number }) => {
      const header = { 'If-Match': `"${version}"` };
      return unwrap<unknown>(
        what === 'queue'
          ? api().DELETE('/v1/queues/{queue}', { params: { path: { queue: id }, header } })
          : api().DELETE('/v1/agents/{agent}', { params: { path: { agent: id }, header } }),
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['agents'] }),
  });
}

/** A supervisor's own part in a talk. */
export function useSupervise(call: string) {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ['agents', 'call', call] });
  const path = { call };
  return {
    join: useMutation({
      mutationFn: (body: Schemas['Supervision']) => unwrap(api().POST('/v1/live-calls/{call}/supervise', { params: { path }, body })),
      onSettled,
    }),
    dismiss: useMutation({
      mutationFn: (guest: number) => unwrap(api().POST('/v1/live-calls/{call}/guests/{guest}/dismiss', { params: { path: { ...path, guest } } })),
      onSettled,
    }),
  };
}

/** Users who may become agents. */
export function useUsers(wanted: boolean) {
  return useQuery({
    queryKey: ['users', 'choose'],
    queryFn: async () => (await unwrap(api().GET('/v1/users', { params: { query: { limit: 200 } } }))).items,
    enabled: wanted,
  });
}

export { newKey };
