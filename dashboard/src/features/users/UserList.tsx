import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';

import { newKey } from '../../shared/api/client';
import { useMay, useMe } from '../../shared/api/queries';
import { useTexts } from '../../shared/i18n';
import { Confirm } from '../../shared/ui/Confirm';
import { ListTable } from '../../shared/ui/ListTable';
import { Loaded } from '../../shared/ui/Loaded';
import { useNotices } from '../../shared/ui/notices';
import { Empty } from '../../shared/ui/states';
import { useCursor } from '../../shared/ui/useCursor';
import { useNarrow } from '../../shared/ui/useNarrow';
import { useTitle } from '../../shared/ui/useTitle';
import { ROLES, useEditUser, useResend, useUsers, type GivenRole, type User } from './api';
import { Invite } from './Invite';
import { RoleChoice } from './RoleChoice';

const SIGNS: Record<User['state'], StatusIndicatorProps.Type> = { invited: 'pending', active: 'success', disabled: 'stopped' };

type Action = 'role' | 'disable' | 'enable' | 'resend';
type Asking = { action: Action; user: User };

const calledOf = ({ email, name, id }: User): string => name ?? email ?? id;

/** Who may sign in, and as what. Nobody changes themselves: a tenant would be left without an admin. */
export function UserList() {
  const { t, format } = useTexts();
  useTitle(t('nav.users'));
  const may = useMay();
  const me = useMe().data;
  const narrow = useNarrow();
  const { done } = useNotices();
  const { cursor, pagination } = useCursor('users');
  const query = useUsers(cursor);
  const [inviting, setInviting] = useState(false);
  const [asking, setAsking] = useState<Asking | null>(null);

  const state = ({ state }: User) => <StatusIndicator type={SIGNS[state]}>{t(`users.state.${state}`)}</StatusIndicator>;
  const who = (user: User) => (
    <>
      <Box variant="strong">{calledOf(user)}</Box>
      {user.id === me?.subject && <Box variant="span"> {t('users.you')}</Box>}
      {user.name && (
        <Box variant="small" display="block" color="text-body-secondary">
          {user.email}
        </Box>
      )}
    </>
  );
  const actions = (user: User) =>
    user.id !== me?.subject &&
    user.role !== 'operator' && (
      <ButtonDropdown
        variant="inline-icon"
        expandToViewport
        ariaLabel={t('users.actions.label', { name: calledOf(user) })}
        items={[
          { id: 'role', text: t('users.changeRole') },
          ...(user.state === 'invited' ? [{ id: 'resend', text: t('users.resend') }] : []),
          user.state === 'disabled' ? { id: 'enable', text: t('users.enable') } : { id: 'disable', text: t('users.disable') },
        ]}
        onItemClick={({ detail }) => setAsking({ action: detail.id as Action, user })}
      />
    );
  const columns: TableProps.ColumnDefinition<User>[] = narrow
    ? [
        {
          id: 'who',
          header: t('users.user'),
          isRowHeader: true,
          cell: (user) => (
            <>
              {who(user)}
              <Box variant="small" display="block" color="text-body-secondary">
                {t(`role.${user.role}`)} · {state(user)}
              </Box>
            </>
          ),
        },
      ]
    : [
        { id: 'who', header: t('users.user'), cell: who, isRowHeader: true },
        { id: 'role', header: t('users.role'), cell: ({ role }) => t(`role.${role}`) },
        { id: 'state', header: t('users.state'), cell: state },
        { id: 'since', header: t('users.since'), cell: ({ created_at }) => format.dateTime(created_at) },
      ];
  if (may('edit_user')) {
    columns.push({ id: 'actions', header: t('users.actions'), cell: actions, width: 100 });
  }
  const invite = may('invite_user') && (
    <Button variant="primary" onClick={() => setInviting(true)}>
      {t('users.invite')}
    </Button>
  );
  return (
    <>
      <Loaded query={query}>
        {({ items, next_cursor }) => (
          <ListTable
            title={t('nav.users')}
            description={t('users.description')}
            columnDefinitions={columns}
            items={items}
            trackBy="id"
            actions={invite}
            empty={<Empty title={t('users.none')} action={invite} />}
            pagination={pagination(next_cursor)}
          />
        )}
      </Loaded>
      {inviting && (
        <Invite
          onCancel={() => setInviting(false)}
          onDone={(email) => {
            setInviting(false);
            done(t('users.invited', { email }));
          }}
        />
      )}
      {asking && <Ask key={`${asking.action} ${asking.user.id}`} {...asking} onEnd={() => setAsking(null)} />}
    </>
  );
}

function Ask({ action, user, onEnd }: Asking & { onEnd: () => void }) {
  const { t } = useTexts();
  const { done } = useNotices();
  const edit = useEditUser();
  const resend = useResend();
  const [role, setRole] = useState<GivenRole>(ROLES.find((one) => one === user.role) ?? 'agent');
  const [key] = useState(newKey);
  const name = calledOf(user);
  const onSuccess = () => {
    done(t(`users.done.${action}`, { name, role: t(`role.${role}`) }));
    onEnd();
  };
  const confirm = () => {
    switch (action) {
      case 'role':
        return edit.mutate({ user, patch: { role } }, { onSuccess });
      case 'disable':
        return edit.mutate({ user, patch: { enabled: false } }, { onSuccess });
      case 'enable':
        return edit.mutate({ user, patch: { enabled: true } }, { onSuccess });
      case 'resend':
        return resend.mutate({ user, key }, { onSuccess });
    }
  };
  return (
    <Confirm
      title={t(`users.ask.${action}`, { name })}
      verb={t(`users.ask.${action}.go`)}
      busy={edit.isPending || resend.isPending}
      error={edit.error ?? resend.error}
      onConfirm={confirm}
      onCancel={onEnd}
    >
      <Box variant="p">{t(`users.ask.${action}.text`)}</Box>
      {action === 'role' && <RoleChoice role={role} onChange={setRole} />}
    </Confirm>
  );
}
