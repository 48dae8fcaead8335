import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState, type ReactNode } from 'react';

import '../campaigns.css';
import { useTexts } from '../../../shared/i18n';
import type { PlanForm } from '../form';
import { parseTemplate, render, spokenSeconds, valueOf, type Values } from '../template';

const NOBODY: Values = {};

/** What is said, with the values of a contact marked as such. */
function Spoken({ source, values }: { source: string; values: Values }) {
  const { parts, fault } = parseTemplate(source);
  if (fault) {
    return <>{source}</>;
  }
  return (
    <>
      {parts.map((part, index) =>
        part.kind === 'text' ? (
          <span key={index}>{part.text}</span>
        ) : (
          <span key={index} className="filled">
            {valueOf(part, values) || `{{${part.name}}}`}
          </span>
        ),
      )}
    </>
  );
}

/** The texts that a person hears who presses no key, in order. */
function heard({ greeting, hasMenu, menu, goodbye }: PlanForm): string[] {
  return [greeting, hasMenu ? menu.prompt : '', goodbye].filter((text) => text.trim() !== '');
}

/** Reads the script aloud with a voice of this device: an impression, not the provider's voice. */
function useReader(language: string) {
  const [reading, setReading] = useState(false);
  const speech = typeof speechSynthesis === 'undefined' ? null : speechSynthesis;
  useEffect(() => () => speech?.cancel(), [speech]);
  const available = speech?.getVoices().some((voice) => voice.lang.slice(0, 2) === language.slice(0, 2)) ?? false;
  const read = (texts: readonly string[]) => {
    if (!speech || reading) {
      speech?.cancel();
      return setReading(false);
    }
    setReading(true);
    texts.forEach((text, index) => {
      const words = new SpeechSynthesisUtterance(text);
      words.lang = language;
      if (index === texts.length - 1) {
        words.onend = () => setReading(false);
        words.onerror = () => setReading(false);
      }
      speech.speak(words);
    });
  };
  return { available, reading, read };
}

interface Props {
  form: PlanForm;
  values?: Values;
}

/** A call as the called person lives it: what is said, which key leads where, and what a machine hears. */
export function ScriptPreview({ form, values = NOBODY }: Props) {
  const { t, n } = useTexts();
  const { available, reading, read } = useReader(form.language);
  const { menu } = form;
  const said = (when: ReactNode, text: string, key: string, branch = false) =>
    text.trim() !== '' && (
      <li key={key} className={branch ? 'branch' : undefined}>
        <div className="when">{when}</div>
        <div className="says" lang={form.language}>
          <Spoken source={text} values={values} />
        </div>
      </li>
    );
  const onKey = (key: string, words: string) => (
    <>
      <kbd>{key}</kbd> {words}
    </>
  );
  const texts = heard(form).map((text) => render(text, values));
  const seconds = texts.reduce((sum, text) => sum + spokenSeconds(text), 0);
  if (texts.length === 0) {
    return <Box color="text-body-secondary">{t('preview.nothing')}</Box>;
  }
  return (
    <SpaceBetween size="s">
      <ol className="hears" aria-label={t('preview.title')}>
        {said(t('preview.answer'), form.greeting, 'greeting')}
        {form.hasMenu && said(t('preview.menu'), menu.prompt, 'prompt')}
        {form.hasMenu && said(onKey(menu.interestKey, t('preview.interest')), menu.interestedReply, 'interest', true)}
        {form.hasMenu && said(onKey(menu.optOutKey, t('preview.optOut')), menu.optedOutReply, 'optOut', true)}
        {said(
          !form.hasMenu
            ? t('preview.end')
            : Number(menu.repeats) > 0
              ? n('preview.noKey', Number(menu.repeats), { seconds: menu.waitSeconds })
              : t('preview.noKey.atOnce', { seconds: menu.waitSeconds }),
          form.goodbye,
          'goodbye',
        )}
        {form.amd && form.hasVoicemail && said(t('preview.machine'), form.voicemail, 'voicemail')}
      </ol>
      <SpaceBetween direction="horizontal" size="s" alignItems="center">
        {available && (
          <Button iconName={reading ? 'close' : 'audio-full'} onClick={() => read(texts)}>
            {reading ? t('preview.quiet') : t('preview.listen')}
          </Button>
        )}
        <Box variant="small" color="text-body-secondary">
          {n('preview.seconds', seconds)}
          {available && ` ${t('preview.device')}`}
        </Box>
      </SpaceBetween>
    </SpaceBetween>
  );
}
