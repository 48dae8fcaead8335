import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { useMay } from '../../../shared/api/queries';
import type { Campaign } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { PageButton } from '../../../shared/ui/links';
import { useNotices } from '../../../shared/ui/notices';
import { newKey, useClone, useCommand, useDelete, type Command } from '../api';
import { download } from '../download';

type Asked = Exclude<Command, 'start'> | 'delete';

const OPERATIONS = {
  start: 'start_campaign',
  pause: 'pause_campaign',
  resume: 'resume_campaign',
  stop: 'stop_campaign',
  archive: 'archive_campaign',
  delete: 'delete_campaign',
} as const;

interface Props {
  campaign: Campaign;
  /** What went wrong outside of a dialogue. */
  onTrouble: (error: unknown) => void;
}

/** Everything that may be asked of a campaign in its state, by this role: the API says which. */
export function Commands({ campaign, onTrouble }: Props) {
  const { t } = useTexts();
  const may = useMay();
  const navigate = useNavigate();
  const { done } = useNotices();
  const command = useCommand(campaign.id);
  const remove = useDelete();
  const clone = useClone();
  // Asked once, it keeps its key: a second click on a slow answer is the same request.
  const [asked, setAsked] = useState<{ what: Asked; key: string } | null>(null);
  const [cloneKey, setCloneKey] = useState(newKey);
  const [exporting, setExporting] = useState(false);

  const can = (what: Command | 'delete') => campaign.commands.includes(what) && may(OPERATIONS[what]);
  const ask = (what: Asked) => {
    command.reset();
    remove.reset();
    setAsked({ what, key: newKey() });
  };
  const carryOut = async () => {
    if (!asked) {
      return;
    }
    const { what, key } = asked;
    if (what === 'delete') {
      await remove.mutateAsync(campaign);
      setAsked(null);
      done(t('campaign.done.delete', { name: campaign.plan.name }));
      return navigate('/campaigns', { replace: true });
    }
    await command.mutateAsync({ command: what, key });
    setAsked(null);
    done(t(`campaign.done.${what}`, { name: campaign.plan.name }));
  };
  const copy = async () => {
    const made = await clone.mutateAsync({ id: campaign.id, key: cloneKey });
    setCloneKey(newKey());
    done(t('campaign.done.clone', { name: made.plan.name }));
    await navigate(`/campaigns/${made.id}/edit`);
  };
  const results = async () => {
    setExporting(true);
    try {
      await download(campaign);
    } catch (error) {
      onTrouble(error);
    } finally {
      setExporting(false);
    }
  };

  const more = [
    ...(may('export_results') ? [{ id: 'results', text: t('campaign.results') }] : []),
    ...(may('clone_campaign') ? [{ id: 'clone', text: t('campaign.clone') }] : []),
    ...(can('archive') ? [{ id: 'archive', text: t('campaign.archive') }] : []),
    ...(can('delete') ? [{ id: 'delete', text: t('action.delete') }] : []),
  ];
  const editable = campaign.commands.includes('edit') && may('edit_campaign');
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        {more.length > 0 && (
          <ButtonDropdown
            items={more}
            loading={clone.isPending || exporting}
            onItemClick={({ detail }) => {
              switch (detail.id) {
                case 'results':
                  return void results();
                case 'clone':
                  return void copy().catch(onTrouble);
                case 'archive':
                case 'delete':
                  return ask(detail.id);
              }
            }}
          >
            {t('campaign.more')}
          </ButtonDropdown>
        )}
        {editable && <PageButton href={`/campaigns/${campaign.id}/edit`}>{t('action.edit')}</PageButton>}
        {can('stop') && <Button onClick={() => ask('stop')}>{t('campaign.stop')}</Button>}
        {can('pause') && (
          <Button iconName="pause" variant="primary" onClick={() => ask('pause')}>
            {t('campaign.pause')}
          </Button>
        )}
        {can('resume') && (
          <Button iconName="play" variant="primary" onClick={() => ask('resume')}>
            {t('campaign.resume')}
          </Button>
        )}
        {can('start') && (
          <PageButton href={`/campaigns/${campaign.id}/edit?step=review`} variant="primary">
            {t('campaign.review')}
          </PageButton>
        )}
      </SpaceBetween>
      {asked && (
        <Confirm
          title={t(`campaign.ask.${asked.what}`, { name: campaign.plan.name })}
          verb={t(`campaign.verb.${asked.what}`)}
          busy={command.isPending || remove.isPending}
          error={command.error ?? remove.error}
          onConfirm={() => void carryOut().catch(() => undefined)}
          onCancel={() => setAsked(null)}
        >
          <Box variant="p">{t(`campaign.ask.${asked.what}.text`)}</Box>
        </Confirm>
      )}
    </>
  );
}
