import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import ContentLayout from '@cloudscape-design/components/content-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { useMay } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { Freshness } from '../../shared/ui/Freshness';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { Empty } from '../../shared/ui/states';
import { useNow } from '../../shared/ui/useNow';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { useAgents, useBoard, useQueues, type Agent, type Queue } from './api';
import { AgentForm } from './components/AgentForm';
import { QueueForm } from './components/QueueForm';
import { StateSign } from './components/StateSign';
import { numberOf } from './reach';

/** Who takes calls, and where calls wait for them. */
export function AgentsPage() {
  const { t, format } = useTexts();
  useTitle(t('nav.agents'));
  const may = useMay();
  const narrow = useNarrow();
  const now = useNow();
  const { done } = useNotices();
  const agents = useAgents();
  const queues = useQueues();
  const board = useBoard().data ?? [];
  const [making, setMaking] = useState<'queue' | { agent: Agent | null } | null>(null);
  const close = () => setMaking(null);
  const finish = () => {
    done(t('agents.saved'));
    close();
  };
  const nameOf = (id: string) => queues.data?.find((one) => one.id === id)?.plan.name ?? id;
  const agentName = (agent: Agent) =>
    may('edit_agent') ? (
      <Button variant="inline-link" ariaLabel={t('agents.edit.of', { name: agent.profile.name })} onClick={() => setMaking({ agent })}>
        {agent.profile.name}
      </Button>
    ) : (
      agent.profile.name
    );
  const waiting = ({ id }: Queue) => {
    const line = board.find(({ queue }) => queue === id);
    if (!line) {
      return '–';
    }
    const longest = line.longest_since ? ` (${format.seconds(Math.max(0, (now - Date.parse(line.longest_since)) / 1_000))})` : '';
    return `${format.number(line.waiting)}${longest}`;
  };
  const agentColumns: TableProps.ColumnDefinition<Agent>[] = [
    { id: 'name', header: t('agents.name'), isRowHeader: true, cell: agentName },
    { id: 'state', header: t('keys.state'), cell: ({ presence }) => <StateSign presence={presence} />, minWidth: 150 },
    ...(narrow
      ? []
      : [
          { id: 'queues', header: t('agents.queues'), cell: ({ profile }: Agent) => (profile.queues ?? []).map(nameOf).join(', ') || '–' },
          { id: 'phone', header: t('agents.phone'), cell: ({ profile }: Agent) => numberOf(profile) || t('agents.browser') },
        ]),
  ];
  const queueColumns: TableProps.ColumnDefinition<Queue>[] = [
    { id: 'name', header: t('agents.name'), isRowHeader: true, cell: ({ plan }) => plan.name },
    { id: 'waiting', header: t('queues.waiting'), cell: waiting },
    { id: 'free', header: t('queues.free'), cell: ({ id }) => format.number(board.find(({ queue }) => queue === id)?.free ?? 0) },
    ...(narrow ? [] : [{ id: 'wrapUp', header: t('queues.wrapUp'), cell: ({ plan }: Queue) => format.seconds(plan.wrap_up_seconds) }]),
  ];
  return (
    <ContentLayout header={<Header variant="h1">{t('nav.agents')}</Header>}>
      <SpaceBetween size="l">
        <Loaded query={queues}>
          {(items) => (
            <Table
              columnDefinitions={queueColumns}
              items={items}
              trackBy="id"
              header={
                <Header variant="h2" description={t('queues.hint')} actions={may('create_queue') && <Button onClick={() => setMaking('queue')}>{t('queues.new')}</Button>}>
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
                  info={<Freshness at={agents.dataUpdatedAt} failing={agents.isRefetchError} />}
                  actions={may('create_agent') && <Button onClick={() => setMaking({ agent: null })}>{t('agents.new')}</Button>}
                >
                  {t('agents.title')}
                </Header>
              }
              empty={<Empty title={t('agents.none')} hint={t('agents.none.hint')} />}
              ariaLabels={{ tableLabel: t('agents.title') }}
            />
          )}
        </Loaded>
        {making === 'queue' && <QueueForm onDone={finish} onClose={close} />}
        {making && making !== 'queue' && <AgentForm agent={making.agent} queues={queues.data ?? []} onDone={finish} onClose={close} />}
      </SpaceBetween>
    </ContentLayout>
  );
}
