import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import type { Versioned } from '../../shared/api/client';
import { useMay } from '../../shared/api/queries';
import type { ContactFile } from '../../shared/api/types';
import { CallNow } from '../../shared/call/CallNow';
import { useTexts } from '../../shared/i18n';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { ProblemAlert } from '../../shared/ui/ProblemAlert';
import { Trail } from '../../shared/ui/Trail';
import { useTitle } from '../../shared/ui/useTitle';
import { useContact, useEditContact } from './api';
import { Campaigns } from './components/Campaigns';
import { ConsentList } from './components/Consents';
import { Duplicates } from './components/Duplicates';
import { EnrollDialog } from './components/EnrollDialog';
import { ForgetDialog } from './components/ForgetDialog';
import { Profile } from './components/Profile';
import { Suppressions } from './components/Suppressions';
import { SuppressDialog } from './components/SuppressDialog';
import { Timeline } from './components/Timeline';
import { nameOf } from './name';

export function ContactPage() {
  const { contact: id = '' } = useParams();
  const { t } = useTexts();
  const query = useContact(id);
  useTitle(query.data ? nameOf(query.data.value) : t('nav.contacts'));
  return <Loaded query={query}>{(contact) => <Found key={contact.value.id} contact={contact} now={query.dataUpdatedAt} />}</Loaded>;
}

type Asking = 'call' | 'suppress' | 'enroll' | 'forget';

function Found({ contact, now }: { contact: Versioned<ContactFile>; now: number }) {
  const { t } = useTexts();
  const may = useMay();
  const navigate = useNavigate();
  const { done } = useNotices();
  const [asking, setAsking] = useState<Asking | null>(null);
  const edit = useEditContact(contact.value.id);
  const { value, etag } = contact;
  const name = nameOf(value);
  const close = () => setAsking(null);
  const blocked = (address: string) => value.suppressions.some((one) => one.address === address && one.scope === 'all');
  const isBlocked = [value.phone, value.email].every((address) => !address || blocked(address));
  return (
    <ContentLayout
      breadcrumbs={
        <Trail
          items={[
            { text: t('nav.contacts'), href: '/contacts' },
            { text: name, href: `/contacts/${value.id}` },
          ]}
        />
      }
      header={
        <Header
          variant="h1"
          description={name === value.phone ? undefined : value.phone}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {may('erase_contact') && <Button onClick={() => setAsking('forget')}>{t('contacts.forget')}</Button>}
              {may('suppress') && !isBlocked && <Button onClick={() => setAsking('suppress')}>{t('contacts.suppress')}</Button>}
              {may('call_contact') && value.phone && !isBlocked && (
                <Button variant="primary" iconName="call" onClick={() => setAsking('call')}>
                  {t('callNow.button')}
                </Button>
              )}
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      <Grid gridDefinition={[{ colspan: { default: 12, m: 5, xl: 4 } }, { colspan: { default: 12, m: 7, xl: 8 } }]}>
        <SpaceBetween size="l">
          <Suppressions contact={value} />
          <Profile contact={contact} editable={may('edit_contact')} />
          <SpaceBetween size="s">
            <ConsentList
              consents={value.consents}
              busy={edit.isPending}
              onChange={
                may('edit_contact')
                  ? (consents) => edit.mutate({ patch: { consents }, etag }, { onSuccess: () => done(t('contacts.saved')) })
                  : undefined
              }
            />
            <ProblemAlert error={edit.error} />
          </SpaceBetween>
          <Duplicates contact={contact} />
          <Campaigns contact={value} onEnroll={may('enroll') ? () => setAsking('enroll') : undefined} />
        </SpaceBetween>
        <Timeline contact={value} now={now} />
      </Grid>
      {asking === 'call' && (
        <Modal visible header={t('callNow.title', { name })} onDismiss={close} footer={<Box float="right"><Button onClick={close}>{t('action.close')}</Button></Box>}>
          <CallNow contact={value} />
        </Modal>
      )}
      {asking === 'suppress' && <SuppressDialog contact={value} onDone={close} onCancel={close} />}
      {asking === 'forget' && <ForgetDialog contact={value} onDone={() => void navigate('/contacts')} onCancel={close} />}
      {asking === 'enroll' && <EnrollDialog contacts={[value.id]} onDone={close} onCancel={close} />}
    </ContentLayout>
  );
}
