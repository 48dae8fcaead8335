import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

import { newKey, type Versioned } from '../../../shared/api/client';
import { useMay } from '../../../shared/api/queries';
import type { Contact, ContactFile } from '../../../shared/api/types';
import { useTexts } from '../../../shared/i18n';
import { Confirm } from '../../../shared/ui/Confirm';
import { PageLink } from '../../../shared/ui/links';
import { useNotices } from '../../../shared/ui/notices';
import { useDuplicates, useMerge } from '../many';
import { nameOf } from '../name';
import '../contacts.css';

/** Contacts that may be the same person, to be taken in. Nothing where there are none. */
export function Duplicates({ contact }: { contact: Versioned<ContactFile> }) {
  const { t } = useTexts();
  const may = useMay();
  const { done } = useNotices();
  const found = useDuplicates(contact.value.id).data ?? [];
  const merge = useMerge(contact.value.id);
  const [taking, setTaking] = useState<{ other: Contact; key: string } | null>(null);
  if (found.length === 0) {
    return null;
  }
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${found.length})`} description={t('contacts.duplicates.hint')}>
          {t('contacts.duplicates')}
        </Header>
      }
    >
      <SpaceBetween size="s">
        {found.map((other) => (
          <div key={other.id} className="with-button">
            <div>
              <PageLink href={`/contacts/${other.id}`}>{nameOf(other)}</PageLink>
              <Box variant="small" color="text-body-secondary" display="block">
                {[other.phone, other.email, other.company].filter(Boolean).join(' · ')}
              </Box>
            </div>
            {may('merge_contacts') && (
              <Button onClick={() => setTaking({ other, key: newKey() })} ariaLabel={t('contacts.merge.label', { name: nameOf(other), phone: other.phone })}>
                {t('contacts.merge')}
              </Button>
            )}
          </div>
        ))}
      </SpaceBetween>
      {taking && (
        <Confirm
          title={t('contacts.merge.title')}
          verb={t('contacts.merge')}
          busy={merge.isPending}
          error={merge.error}
          onCancel={() => {
            merge.reset();
            setTaking(null);
          }}
          onConfirm={() =>
            merge.mutate(
              { ...taking, etag: contact.etag },
              {
                onSuccess: () => {
                  done(t('contacts.merged', { name: nameOf(taking.other) }));
                  setTaking(null);
                },
              },
            )
          }
        >
          <Box variant="p">{t('contacts.merge.text', { stays: contact.value.phone, goes: taking.other.phone })}</Box>
        </Confirm>
      )}
    </Container>
  );
}
