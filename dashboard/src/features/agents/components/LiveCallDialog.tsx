import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import { useTakesCalls } from '../../../shared/call/api';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useNow } from '../../../shared/ui/useNow';
import { useAtDesk, useLiveCall, useSupervise, type LiveCall, type Queue, type Watching } from '../api';
import { isPhone, phoneOf } from '../reach';

const ROLES = ['listener', 'whisperer', 'barger'] as const;

interface Props {
  call: string;
  /** Whose it is. */
  agent: string;
  queues: readonly Queue[];
  onClose: () => void;
}

/** A call that somebody has right now: listened to, helped with, or handed on. */
export function LiveCallDialog({ call, agent, queues, onClose }: Props) {
  const { t } = useTexts();
  const query = useLiveCall(call);
  return (
    <Modal
      visible
      header={t('liveCall.title', { name: agent })}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button onClick={onClose}>{t('action.close')}</Button>
        </Box>
      }
    >
      <Loaded query={query}>{(live) => <Talk live={live} queues={queues} />}</Loaded>
    </Modal>
  );
}

function Talk({ live, queues }: { live: LiveCall; queues: readonly Queue[] }) {
  const { t, maybe, format } = useTexts();
  const may = useMay();
  const now = useNow();
  const { steer, handOver } = useAtDesk();
  const since = live.connected_at ?? live.created_at;
  const isTalking = live.state === 'talking';
  const elsewhere = queues.filter(({ id }) => id !== live.queue);
  return (
    <SpaceBetween size="l">
      <KeyValuePairs
        columns={2}
        minColumnWidth={140}
        items={[
          { label: t('liveCall.state'), value: maybe(`liveState.${live.state}`, live.state) },
          { label: t('desk.since'), value: format.seconds(Math.max(0, (now - Date.parse(since)) / 1_000)) },
          { label: t('agentsPlan.queue'), value: queues.find(({ id }) => id === live.queue)?.plan.name ?? live.queue },
          { label: t('desk.who'), value: live.contact && may('read_contact') ? <PageLink href={`/contacts/${live.contact}`}>{t('desk.who.file')}</PageLink> : '–' },
        ]}
      />
      {isTalking ? <Supervision live={live} /> : <Box color="text-body-secondary">{t(live.state === 'over' ? 'liveCall.over' : 'liveCall.notYet')}</Box>}
      {isTalking && may('transfer_call') && (
        <SpaceBetween size="s">
          <FormField label={t('liveCall.handOn')} description={t('liveCall.handOn.hint')}>
            <Select
              selectedOption={null}
              placeholder={t('agentsPlan.queue.choose')}
              options={elsewhere.map(({ id, plan }) => ({ value: id, label: plan.name }))}
              empty={t('queues.none')}
              onChange={({ detail }) => detail.selectedOption.value && handOver.mutate({ call: live.id, queue: detail.selectedOption.value })}
            />
          </FormField>
          <Button iconName="close" loading={steer.isPending} onClick={() => steer.mutate({ call: live.id, how: 'hangUp' })}>
            {t('desk.hangUp')}
          </Button>
          <ProblemAlert error={steer.error ?? handOver.error} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

/** Listening, whispering and barging: the reader's own telephone rings. Another role is the same telephone, anew. */
function Supervision({ live }: { live: LiveCall }) {
  const { t } = useTexts();
  const takesCalls = useTakesCalls();
  const { join, dismiss } = useSupervise(live.id);
  const [role, setRole] = useState<Watching>('listener');
  const [number, setNumber] = useState('');
  const [tried, setTried] = useState(false);
  const isNeeded = !takesCalls;
  const isWrong = number.trim() === '' ? isNeeded : !isPhone(number);
  const here = live.guests.filter(({ role: as, state }) => as !== 'party' && state !== 'gone');
  const mine = here.at(-1);
  const go = (as: Watching) => {
    setTried(true);
    if (!isWrong) {
      join.mutate({ role: as, number: number.trim() === '' ? null : phoneOf(number) });
    }
  };
  return (
    <SpaceBetween size="s">
      <SegmentedControl
        label={t('liveCall.as')}
        selectedId={role}
        options={ROLES.map((id) => ({ id, text: t(`liveCall.${id}`) }))}
        onChange={({ detail }) => {
          const chosen = detail.selectedId as Watching;
          setRole(chosen);
          if (mine) {
            go(chosen);
          }
        }}
      />
      <Box color="text-body-secondary" fontSize="body-s">
        {t(`liveCall.${role}.hint`)}
      </Box>
      <FormField
        label={isNeeded ? t('liveCall.number') : <>{t('liveCall.number')} <i>– {t('field.optional')}</i></>}
        description={isNeeded ? undefined : t('liveCall.number.hint')}
        errorText={tried && isWrong ? t('agents.phone.wrong') : undefined}
      >
        <Input inputMode="tel" value={number} placeholder="+49 30 23125123" onChange={({ detail }) => setNumber(detail.value)} />
      </FormField>
      {mine ? (
        <SpaceBetween direction="horizontal" size="s" alignItems="center">
          <span role="status">
            <StatusIndicator type={mine.state === 'joined' ? 'success' : 'in-progress'}>
              {t(mine.state === 'joined' ? 'liveCall.joined' : 'liveCall.rings', { as: t(`liveCall.${mine.role as Watching}`) })}
            </StatusIndicator>
          </span>
          <Button loading={dismiss.isPending} onClick={() => dismiss.mutate(mine.guest)}>
            {t('liveCall.leave')}
          </Button>
        </SpaceBetween>
      ) : (
        <Button variant="primary" iconName="call" loading={join.isPending} onClick={() => go(role)}>
          {t('liveCall.ringMe')}
        </Button>
      )}
      <ProblemAlert error={join.error ?? dismiss.error} />
    </SpaceBetween>
  );
}
