import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useEffect, useState } from 'react';

import { useMay } from '../../../shared/api/queries';
import { useTexts } from '../../../shared/i18n';
import { PageLink } from '../../../shared/ui/links';
import { Loaded } from '../../../shared/ui/Loaded';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { Empty } from '../../../shared/ui/states';
import { useNarrow } from '../../../shared/ui/useNarrow';
import { useMessage, useVoicemails, type Voicemail } from '../api';

/** Messages of callers who met nobody, the latest first, each to be heard on the spot. */
export function Voicemails({ nameOf }: { nameOf: (queue: string) => string }) {
  const { t, format } = useTexts();
  const may = useMay();
  const narrow = useNarrow();
  const voicemails = useVoicemails();
  const [heard, setHeard] = useState<string | null>(null);
  const who = ({ contact, name }: Voicemail) => {
    const text = name ?? t(contact ? 'voicemails.unnamed' : 'voicemails.unknown');
    return contact && may('read_contact') ? <PageLink href={`/contacts/${contact}`}>{text}</PageLink> : text;
  };
  const message = ({ call, seconds }: Voicemail) =>
    heard === call ? (
      <Message call={call} />
    ) : (
      <Button iconName="play" onClick={() => setHeard(call)}>
        {t('voicemails.listen', { length: format.seconds(seconds) })}
      </Button>
    );
  const columns: TableProps.ColumnDefinition<Voicemail>[] = narrow
    ? [
        {
          id: 'who',
          header: t('voicemails.who'),
          isRowHeader: true,
          cell: (one) => (
            <>
              {who(one)}
              <Box variant="small" color="text-body-secondary" display="block">
                {format.dateTime(one.left_at)} · {nameOf(one.queue)}
              </Box>
              {message(one)}
            </>
          ),
        },
      ]
    : [
        { id: 'at', header: t('voicemails.at'), isRowHeader: true, cell: ({ left_at }) => format.dateTime(left_at) },
        { id: 'who', header: t('voicemails.who'), cell: who },
        { id: 'queue', header: t('voicemails.queue'), cell: ({ queue }) => nameOf(queue) },
        { id: 'message', header: t('voicemails.message'), minWidth: 320, cell: message },
      ];
  return (
    <Loaded query={voicemails}>
      {(items) => (
        <Table
          columnDefinitions={columns}
          items={items}
          trackBy="call"
          wrapLines
          header={
            <Header variant="h2" description={t('voicemails.hint')}>
              {t('voicemails.title')}
            </Header>
          }
          empty={<Empty title={t('voicemails.none')} hint={t('voicemails.none.hint')} />}
          ariaLabels={{ tableLabel: t('voicemails.title') }}
        />
      )}
    </Loaded>
  );
}

function Message({ call }: { call: string }) {
  const { t } = useTexts();
  const message = useMessage(call);
  const [url, setUrl] = useState<string>();
  const file = message.data;
  useEffect(() => {
    if (!file) {
      return;
    }
    const address = URL.createObjectURL(file);
    queueMicrotask(() => setUrl(address));
    return () => URL.revokeObjectURL(address);
  }, [file]);
  if (message.error) {
    return <ProblemAlert error={message.error} onRetry={() => void message.refetch()} />;
  }
  return url ? <audio controls autoPlay src={url} aria-label={t('voicemails.message')} /> : <>{t('state.loading')}</>;
}
