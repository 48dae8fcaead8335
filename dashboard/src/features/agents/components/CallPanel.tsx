import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { useNow } from '../../../shared/ui/useNow';
import { useAtDesk, useLiveCall, useQueues, type Presence, type Steer } from '../api';
import { Teller } from './Teller';
import { WrapUp } from './WrapUp';

/** The call that holds an agent: offered, talked, and written down. */
export function CallPanel({ presence, call }: { presence: Presence; call: string }) {
  const { t, format } = useTexts();
  const now = useNow();
  const live = useLiveCall(call).data;
  const queues = useQueues().data ?? [];
  const { answer, steer, handOver } = useAtDesk();
  const { held, muted } = live ?? { held: false, muted: false };
  const queue = queues.find(({ id }) => id === live?.queue);
  // A colleague's call, about which one is asked: theirs to steer, and ours to leave.
  const isAsked = !!live?.consult && live.consult.offer === presence.offer;
  const isOffered = !isAsked && (presence.state === 'reserved' || presence.state === 'ringing');
  const isTalking = !isAsked && presence.state === 'on_call';
  const left = presence.until ? Math.max(0, (Date.parse(presence.until) - now) / 1_000) : null;
  const order = (how: Steer) => steer.mutate({ call, how });
  const say = (take: boolean) => presence.offer !== null && presence.offer !== undefined && answer.mutate({ take, call, offer: presence.offer });
  const elsewhere = queues.filter(({ id }) => id !== live?.queue);
  return (
    <Container
      header={
        <Header variant="h2" description={queue?.plan.name}>
          {t(isAsked ? 'desk.asked' : isOffered ? 'desk.offered' : isTalking ? 'desk.talking' : 'desk.after')}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          minColumnWidth={130}
          items={[
            { label: t('desk.since'), value: format.seconds(Math.max(0, (now - Date.parse(presence.since)) / 1_000)) },
            ...(left === null ? [] : [{ label: t('desk.left'), value: format.seconds(left) }]),
          ]}
        />
        <Teller call={call} />
        {isOffered && (
          <SpaceBetween size="s">
            <Box>{t('desk.offered.hint')}</Box>
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => say(false)} loading={answer.isPending}>
                {t('desk.decline')}
              </Button>
              <Button variant="primary" iconName="call" onClick={() => say(true)} loading={answer.isPending}>
                {t('desk.accept')}
              </Button>
            </SpaceBetween>
          </SpaceBetween>
        )}
        {isTalking && (held || muted) && (
          <div role="status">
            <SpaceBetween direction="horizontal" size="m">
              {held && <StatusIndicator type="pending">{t('desk.held')}</StatusIndicator>}
              {muted && <StatusIndicator type="stopped">{t('desk.muted')}</StatusIndicator>}
            </SpaceBetween>
          </div>
        )}
        {isTalking && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName={held ? 'play' : 'pause'} loading={steer.isPending} onClick={() => order(held ? 'resume' : 'hold')}>
              {t(held ? 'desk.resume' : 'desk.hold')}
            </Button>
            <Button iconName={muted ? 'microphone' : 'microphone-off'} loading={steer.isPending} onClick={() => order(muted ? 'unmute' : 'mute')}>
              {t(muted ? 'desk.unmute' : 'desk.mute')}
            </Button>
            <Button iconName="close" loading={steer.isPending} onClick={() => order('hangUp')}>
              {t('desk.hangUp')}
            </Button>
            {elsewhere.length > 0 && (
              <Select
                selectedOption={null}
                placeholder={t('desk.handOver')}
                ariaLabel={t('desk.handOver')}
                options={elsewhere.map(({ id, plan }) => ({ value: id, label: plan.name }))}
                onChange={({ detail }) => detail.selectedOption.value && handOver.mutate({ call, queue: detail.selectedOption.value })}
              />
            )}
          </SpaceBetween>
        )}
        {isAsked && (
          <SpaceBetween size="s">
            <Box>{t('desk.asked.hint')}</Box>
            <Button iconName="close" loading={steer.isPending} onClick={() => order('leave')}>
              {t('desk.leave')}
            </Button>
          </SpaceBetween>
        )}
        <ProblemAlert error={answer.error ?? steer.error ?? handOver.error} />
        {!isOffered && !isAsked && live && <WrapUp key={call} call={call} plan={queue?.plan} said={live.disposition ?? null} />}
      </SpaceBetween>
    </Container>
  );
}
