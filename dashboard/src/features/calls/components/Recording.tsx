import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import '../calls.css';
import { asProblem } from '../../../shared/api/problem';
import { useTexts } from '../../../shared/i18n';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { save } from '../../../shared/save';
import { useRecording } from '../api';
import { peaks } from '../peaks';

const BARS = 160;
/** How far an arrow key goes, seconds. */
const STEP = 5;

/** A call's recording with its waveform: click or drag to go somewhere, arrows for five seconds, Space to play and pause. */
export function Recording({ attempt, seconds }: { attempt: string; seconds: number }) {
  const { t, format } = useTexts();
  const recording = useRecording(attempt);
  const problem = recording.error ? asProblem(recording.error) : null;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={format.seconds(seconds)}
          actions={
            recording.data && (
              <Button iconName="download" onClick={() => save(recording.data, `${attempt}.mp3`)}>
                {t('action.download')}
              </Button>
            )
          }
        >
          {t('attempt.recording')}
        </Header>
      }
    >
      {recording.data ? (
        <Player file={recording.data} seconds={seconds} />
      ) : problem?.kind === 'not-found' ? (
        <Box color="text-body-secondary">{t('recording.none')}</Box>
      ) : problem && problem.kind !== 'not-now' ? (
        <ProblemAlert error={recording.error} onRetry={() => void recording.refetch()} />
      ) : (
        <Box color="text-body-secondary">
          <Spinner /> {problem ? t('recording.copying') : t('state.loading')}
        </Box>
      )}
    </Container>
  );
}

function Player({ file, seconds }: { file: Blob; seconds: number }) {
  const { t, format } = useTexts();
  const audio = useRef<HTMLAudioElement>(null);
  const [url, setUrl] = useState<string>();
  const [wave, setWave] = useState<readonly number[] | null>(null);
  const [length, setLength] = useState(seconds);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);

  useEffect(() => {
    let wanted = true;
    const address = URL.createObjectURL(file);
    // Decoding needs no sound to be played, and so no gesture. A file that cannot be decoded plays all the same.
    const decode = async () => {
      const context = new OfflineAudioContext(1, 1, 8_000);
      const decoded = await context.decodeAudioData(await file.arrayBuffer());
      return { bars: peaks(decoded.getChannelData(0), BARS), duration: decoded.duration };
    };
    queueMicrotask(() => setUrl(address));
    decode().then(
      ({ bars, duration }) => {
        if (wanted) {
          setWave(bars);
          setLength(duration);
        }
      },
      () => undefined,
    );
    return () => {
      wanted = false;
      URL.revokeObjectURL(address);
    };
  }, [file]);

  const go = (to: number) => {
    const time = Math.min(length, Math.max(0, to));
    setAt(time);
    if (audio.current) {
      audio.current.currentTime = time;
    }
  };
  const turn = () => {
    if (!audio.current) {
      return;
    }
    if (playing) {
      audio.current.pause();
    } else {
      void audio.current.play().catch(() => setPlaying(false));
    }
  };
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    go((length * (event.clientX - box.left)) / box.width);
  };
  const type = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowRight: () => go(at + STEP),
      ArrowLeft: () => go(at - STEP),
      Home: () => go(0),
      End: () => go(length),
      ' ': turn,
    };
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  };
  const share = length > 0 ? at / length : 0;
  const bars = wave ?? Array.from({ length: BARS }, () => 0);
  return (
    <SpaceBetween size="s">
      <div
        className="wave"
        role="slider"
        tabIndex={0}
        aria-label={t('recording.position')}
        aria-valuemin={0}
        aria-valuemax={Math.round(length)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={t('recording.at', { at: format.seconds(at), length: format.seconds(length) })}
        onKeyDown={type}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          point(event);
        }}
        onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && point(event)}
      >
        <svg viewBox={`0 0 ${BARS * 4} 64`} preserveAspectRatio="none" aria-hidden>
          {bars.map((peak, index) => {
            const height = Math.max(2, 60 * peak);
            return (
              <rect
                key={index}
                className={index / BARS < share ? 'played' : undefined}
                x={index * 4}
                y={32 - height / 2}
                width={3}
                height={height}
                rx={1}
              />
            );
          })}
        </svg>
      </div>
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        <Button iconName={playing ? 'pause' : 'play'} variant="primary" onClick={turn}>
          {t(playing ? 'recording.pause' : 'recording.play')}
        </Button>
        <Box variant="span">
          <span className="clock">{t('recording.at', { at: format.seconds(at), length: format.seconds(length) })}</span>
        </Box>
      </SpaceBetween>
      <audio
        ref={audio}
        src={url}
        preload="auto"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
      />
    </SpaceBetween>
  );
}
