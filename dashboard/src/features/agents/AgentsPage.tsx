import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import ContentLayout from '@cloudscape-design/components/content-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { useMay } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { Freshness } from '../../shared/ui/Freshness';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { Empty } from '../../shared/ui/states';
import { useNow } from '../../shared/ui/useNow';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { weekOf } from '../../shared/week/week';
import { weekWords } from '../../shared/week/words';
import { useAgents, useBoard, useQueues, useRemove, type Agent, type Queue } from './api';
import { AgentForm } from './components/AgentForm';
import { LiveCallDialog } from './components/LiveCallDialog';
import { QueueForm } from './components/QueueForm';
import { StateSign } from './components/StateSign';
import { Voicemails } from './components/Voicemails';
import { skillsOf } from './queue';
import { numberOf } from './reach';

type Doing =
  | { what: 'queue'; queue: Queue | null }
  | { what: 'agent'; agent: Agent | null }
  | { what: 'call'; call: string; agent: string }
  | { what: 'remove'; of: 'agents' | 'queues'; id: string; version: number; name: string };

/** Who takes calls, and where calls wait for them. */
export function AgentsPage() {
  const texts = useTexts();
  const { t, format } = texts;
  useTitle(t('nav.agents'));
  const may = useMay();
  const narrow = useNarrow();
  const now = useNow();
  const { done } = useNotices();
  const agents = useAgents();
  const queues = useQueues();
  const board = useBoard().data ?? [];
  const [doing, setDoing] = useState<Doing | null>(null);
  const remove = useRemove();
  const close = () => {
    setDoing(null);
    remove.reset();
  };
  const finish = () => {
    done(t('agents.saved'));
    close();
  };
  const groups = [...new Set([...(agents.data ?? []).flatMap(({ profile }) => profile.groups ?? []), ...(queues.data ?? []).flatMap(({ plan }) => plan.groups ?? [])])].toSorted();
  const nameOf = (id: string) => queues.data?.find((one) => one.id === id)?.plan.name ?? id;
  const agentName = (agent: Agent) =>
    may('edit_agent') ? (
      <Button variant="inline-link" ariaLabel={t('agents.edit.of', { name: agent.profile.name })} onClick={() => setDoing({ what: 'agent', agent })}>
        {agent.profile.name}
      </Button>
    ) : (
      agent.profile.name
    );
  const queueName = (queue: Queue) =>
    may('edit_queue') ? (
      <Button variant="inline-link" ariaLabel={t('agents.edit.of', { name: queue.plan.name })} onClick={() => setDoing({ what: 'queue', queue })}>
        {queue.plan.name}
      </Button>
    ) : (
      queue.plan.name
    );
  const away = (of: 'agents' | 'queues', { id, version }: Agent | Queue, name: string) => (
    <Button variant="inline-icon" iconName="remove" ariaLabel={t(`${of}.remove`, { name })} onClick={() => setDoing({ what: 'remove', of, id, version, name })} />
  );
  /** The state; a call that they have can be looked into. */
  const stand = ({ presence, profile: { name } }: Agent) => (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <StateSign presence={presence} />
      {presence?.state === 'on_call' && presence.call && may('supervise_call') && (
        <Button
          variant="inline-link"
          iconName="audio-full"
          ariaLabel={t('liveCall.title', { name })}
          onClick={() => setDoing({ what: 'call', call: presence.call ?? '', agent: name })}
        >
          {t('liveCall.open')}
        </Button>
      )}
    </SpaceBetween>
  );
  const waiting = ({ id }: Queue) => {
    const line = board.find(({ queue }) => queue === id);
    if (!line) {
      return '–';
    }
    const longest = line.longest_since ? ` (${format.seconds(Math.max(0, (now - Date.parse(line.longest_since)) / 1_000))})` : '';
    return `${format.number(line.waiting)}${longest}`;
  };
  const free = ({ id }: Queue) => format.number(board.find(({ queue }) => queue === id)?.free ?? 0);
  const hours = ({ plan }: Queue) => (plan.hours ? weekWords(weekOf(plan.hours), texts) : t('queues.always'));
  const served = ({ profile }: Agent) => (profile.queues ?? []).map(nameOf).join(', ') || '–';
  const phone = ({ profile }: Agent) => numberOf(profile) || t('agents.browser');
  const small = (text: string) => (
    <Box variant="small" color="text-body-secondary" display="block">
      {text}
    </Box>
  );
  const agentColumns: TableProps.ColumnDefinition<Agent>[] = narrow
    ? [
        {
          id: 'name',
          header: t('agents.name'),
          isRowHeader: true,
          cell: (agent) => (
            <>
              {agentName(agent)}
              {stand(agent)}
              {small(`${served(agent)} · ${phone(agent)}`)}
            </>
          ),
        },
      ]
    : [
        { id: 'name', header: t('agents.name'), isRowHeader: true, cell: agentName },
        { id: 'state', header: t('keys.state'), cell: stand, minWidth: 150 },
        { id: 'queues', header: t('agents.queues'), cell: served },
        { id: 'skills', header: t('skills.title'), cell: ({ profile }) => skillsOf(profile.skills).map(({ name, level }) => `${name} ${format.number(level)}`).join(', ') || '–' },
        ...(groups.length > 0 ? [{ id: 'groups', header: t('groups.title'), cell: ({ profile }: Agent) => (profile.groups ?? []).join(', ') || '–' }] : []),
        { id: 'phone', header: t('agents.phone'), cell: phone },
      ];
  if (may('delete_agent')) {
    agentColumns.push({ id: 'remove', header: t('agents.actions'), cell: (agent) => away('agents', agent, agent.profile.name), width: 110 });
  }
  const queueColumns: TableProps.ColumnDefinition<Queue>[] = narrow
    ? [
        {
          id: 'name',
          header: t('agents.name'),
          isRowHeader: true,
          cell: (queue) => (
            <>
              {queueName(queue)}
              {small(`${t('queues.waiting')}: ${waiting(queue)} · ${t('queues.free')}: ${free(queue)}`)}
              {small(hours(queue))}
            </>
          ),
        },
      ]
    : [
        { id: 'name', header: t('agents.name'), isRowHeader: true, cell: queueName },
        { id: 'waiting', header: t('queues.waiting'), cell: waiting },
        { id: 'free', header: t('queues.free'), cell: free },
        { id: 'wrapUp', header: t('queues.wrapUp'), cell: ({ plan }) => format.seconds(plan.wrap_up_seconds) },
        { id: 'hours', header: t('hours.title'), cell: hours },
      ];
  if (may('delete_queue')) {
    queueColumns.push({ id: 'remove', header: t('agents.actions'), cell: (queue) => away('queues', queue, queue.plan.name), width: 110 });
  }
  return (
    <ContentLayout header={<Header variant="h1">{t('nav.agents')}</Header>}>
      <SpaceBetween size="l">
        <Loaded query={queues}>
          {(items) => (
            <Table
              columnDefinitions={queueColumns}
              items={items}
              trackBy="id"
              wrapLines
              header={
                <Header variant="h2" description={t('queues.hint')} actions={may('create_queue') && <Button onClick={() => setDoing({ what: 'queue', queue: null })}>{t('queues.new')}</Button>}>
                  {t('queues.title')}
                </Header>
              }
              empty={<Empty title={t('queues.none')} hint={t('queues.none.hint')} />}
              ariaLabels={{ tableLabel: t('queues.title') }}
            />
          )}
        </Loaded>
        <Loaded query={agents}>
          {(items) => (
            <Table
              columnDefinitions={agentColumns}
              items={items}
              trackBy="id"
              wrapLines
              header={
                <Header
                  variant="h2"
                  actions={
                    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                      <Freshness at={agents.dataUpdatedAt} failing={agents.isRefetchError} />
                      {may('create_agent') && <Button onClick={() => setDoing({ what: 'agent', agent: null })}>{t('agents.new')}</Button>}
                    </SpaceBetween>
                  }
                >
                  {t('agents.title')}
                </Header>
              }
              empty={<Empty title={t('agents.none')} hint={t('agents.none.hint')} />}
              ariaLabels={{ tableLabel: t('agents.title') }}
            />
          )}
        </Loaded>
        {may('list_voicemails') && <Voicemails nameOf={nameOf} />}
        {doing?.what === 'queue' && <QueueForm queue={doing.queue} known={groups} onDone={finish} onClose={close} />}
        {doing?.what === 'agent' && <AgentForm agent={doing.agent} queues={queues.data ?? []} known={groups} onDone={finish} onClose={close} />}
        {doing?.what === 'call' && <LiveCallDialog call={doing.call} agent={doing.agent} queues={queues.data ?? []} onClose={close} />}
        {doing?.what === 'remove' && (
          <Confirm
            title={t(`${doing.of}.remove`, { name: doing.name })}
            verb={t('action.delete')}
            busy={remove.isPending}
            error={remove.error}
            onConfirm={() =>
              remove.mutate(
                { what: doing.of === 'queues' ? 'queue' : 'agent', id: doing.id, version: doing.version },
                {
                  onSuccess: () => {
                    done(t('agents.removed', { name: doing.name }));
                    close();
                  },
                },
              )
            }
            onCancel={close}
          >
            <Box variant="p">{t(`${doing.of}.remove.hint`)}</Box>
          </Confirm>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
