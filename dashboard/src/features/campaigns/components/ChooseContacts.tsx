import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';

import type { Contact } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Loaded } from '../../../shared/ui/Loaded';
import { useNotices } from '../../../shared/ui/notices';
import { ProblemAlert } from '../../../shared/ui/ProblemAlert';
import { Empty } from '../../../shared/ui/states';
import { useCursor } from '../../../shared/ui/useCursor';
import { newKey, useContacts, useEnroll } from '../api';

/** The API takes so many at once. */
const MAX = 100;

const nameOf = ({ first_name, last_name, company }: Contact): string => [first_name, last_name].filter(Boolean).join(' ') || company || '–';

export function ChooseContacts({ campaign, onClose }: { campaign: string; onClose: () => void }) {
  const { t, n, format } = useTexts();
  const { done } = useNotices();
  const { cursor, pagination } = useCursor('choose');
  const query = useContacts(cursor);
  const enroll = useEnroll(campaign);
  const [chosen, setChosen] = useState<readonly Contact[]>([]);
  const [key, setKey] = useState(newKey);

  const add = async () => {
    const { enrolled, already } = await enroll.mutateAsync({ contacts: chosen.map(({ id }) => id), key });
    done(`${n('audience.added', enrolled)}${already > 0 ? ` ${n('audience.already', already)}` : ''}`);
    onClose();
  };
  return (
    <Modal
      visible
      size="large"
      header={t('audience.choose')}
      onDismiss={onClose}
      footer={
        <div className="buttons">
          <Button variant="link" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0 || chosen.length > MAX}
            loading={enroll.isPending}
            onClick={() => void add().catch(() => undefined)}
          >
            {n('audience.add', chosen.length)}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="s">
        <Loaded query={query}>
          {({ items, next_cursor }) => (
            <Table
              variant="borderless"
              selectionType="multi"
              trackBy="id"
              items={items}
              selectedItems={chosen.filter(({ id }) => items.some((one) => one.id === id))}
              onSelectionChange={({ detail }) => {
                // What is chosen on other pages stays chosen.
                const elsewhere = chosen.filter(({ id }) => !items.some((one) => one.id === id));
                setChosen([...elsewhere, ...detail.selectedItems]);
                setKey(newKey());
              }}
              columnDefinitions={[
                { id: 'name', header: t('audience.name'), cell: nameOf, isRowHeader: true },
                { id: 'phone', header: t('audience.phone'), cell: ({ phone }) => phone },
                { id: 'place', header: t('audience.place'), cell: ({ place }) => format.country(place.country) },
              ]}
              pagination={<Pagination {...pagination(next_cursor)} />}
              empty={<Empty title={t('audience.noContacts')} hint={t('audience.noContacts.hint')} />}
              ariaLabels={{
                tableLabel: t('audience.choose'),
                selectionGroupLabel: t('audience.selection'),
                allItemsSelectionLabel: () => t('audience.selectAll'),
                itemSelectionLabel: (_, one) => t('audience.select', { name: nameOf(one) }),
              }}
            />
          )}
        </Loaded>
        {chosen.length > MAX && <Box color="text-status-error">{t('audience.tooMany', { max: format.number(MAX) })}</Box>}
        <ProblemAlert error={enroll.error} />
      </SpaceBetween>
    </Modal>
  );
}
