import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import { lazy, Suspense, type ReactNode } from 'react';
import { Route, Routes } from 'react-router';

import { Overview } from '../features/overview/Overview';
import { may, useMe } from '../shared/api/queries';
import { Loaded } from '../shared/ui/Loaded';
import { Forbidden, NotFound } from '../shared/ui/states';

// The overview comes with the page; everything else when it is first opened.
const Account = lazy(() => import('../features/account/Account').then((m) => ({ default: m.Account })));
const AgentsPage = lazy(() => import('../features/agents/AgentsPage').then((m) => ({ default: m.AgentsPage })));
const CallList = lazy(() => import('../features/calls/CallList').then((m) => ({ default: m.CallList })));
const CallPage = lazy(() => import('../features/calls/CallPage').then((m) => ({ default: m.CallPage })));
const CampaignEditor = lazy(() => import('../features/campaigns/CampaignEditor').then((m) => ({ default: m.CampaignEditor })));
const CampaignList = lazy(() => import('../features/campaigns/CampaignList').then((m) => ({ default: m.CampaignList })));
const CampaignPage = lazy(() => import('../features/campaigns/CampaignPage').then((m) => ({ default: m.CampaignPage })));
const EnrollmentPage = lazy(() => import('../features/campaigns/EnrollmentPage').then((m) => ({ default: m.EnrollmentPage })));
const ContactList = lazy(() => import('../features/contacts/ContactList').then((m) => ({ default: m.ContactList })));
const ContactNew = lazy(() => import('../features/contacts/ContactNew').then((m) => ({ default: m.ContactNew })));
const ContactPage = lazy(() => import('../features/contacts/ContactPage').then((m) => ({ default: m.ContactPage })));
const Desk = lazy(() => import('../features/agents/Desk').then((m) => ({ default: m.Desk })));
const ImportList = lazy(() => import('../features/imports/ImportList').then((m) => ({ default: m.ImportList })));
const ImportPage = lazy(() => import('../features/imports/ImportPage').then((m) => ({ default: m.ImportPage })));
const ImportWizard = lazy(() => import('../features/imports/ImportWizard').then((m) => ({ default: m.ImportWizard })));
const LeadList = lazy(() => import('../features/leads/LeadList').then((m) => ({ default: m.LeadList })));
const SettingsPage = lazy(() => import('../features/settings/SettingsPage').then((m) => ({ default: m.SettingsPage })));
const SuppressionList = lazy(() => import('../features/suppressions/SuppressionList').then((m) => ({ default: m.SuppressionList })));
const TenantsPage = lazy(() => import('../features/tenants/TenantsPage').then((m) => ({ default: m.TenantsPage })));
const UserList = lazy(() => import('../features/users/UserList').then((m) => ({ default: m.UserList })));

/** A page by link that the role does not have says so; the API would refuse what is on it. */
export function Needs({ operation, children }: { operation: string; children: ReactNode }) {
  const me = useMe();
  return <Loaded query={me}>{(value) => (may(value, operation) ? children : <Forbidden />)}</Loaded>;
}

interface Props {
  email: string;
  onSignOut: (everywhere: boolean) => void;
}

export function Pages({ email, onSignOut }: Props) {
  return (
    <Suspense
      fallback={
        <Box textAlign="center" padding="xxl">
          <Spinner size="large" />
        </Box>
      }
    >
      <Routes>
        {/* A route is a line, inside <Needs operation="..."> where a role is needed. */}
        <Route path="/" element={<Overview />} />
        <Route path="/account" element={<Account email={email} onSignOut={onSignOut} />} />
        <Route path="/agents" element={<Needs operation="list_agents"><AgentsPage /></Needs>} />
        <Route path="/calls" element={<Needs operation="list_calls"><CallList /></Needs>} />
        <Route path="/calls/:attempt" element={<Needs operation="read_call"><CallPage /></Needs>} />
        <Route path="/campaigns" element={<Needs operation="list_campaigns"><CampaignList /></Needs>} />
        <Route path="/campaigns/new" element={<Needs operation="create_campaign"><CampaignEditor /></Needs>} />
        <Route path="/campaigns/:campaign" element={<Needs operation="read_campaign"><CampaignPage /></Needs>} />
        <Route path="/campaigns/:campaign/edit" element={<Needs operation="edit_campaign"><CampaignEditor /></Needs>} />
        <Route path="/campaigns/:campaign/contacts/:contact" element={<Needs operation="read_enrollment"><EnrollmentPage /></Needs>} />
        <Route path="/contacts" element={<Needs operation="list_contacts"><ContactList /></Needs>} />
        <Route path="/contacts/new" element={<Needs operation="create_contact"><ContactNew /></Needs>} />
        <Route path="/contacts/:contact" element={<Needs operation="read_contact"><ContactPage /></Needs>} />
        <Route path="/desk" element={<Needs operation="set_my_state"><Desk /></Needs>} />
        <Route path="/imports" element={<Needs operation="list_imports"><ImportList /></Needs>} />
        <Route path="/imports/new" element={<Needs operation="create_import"><ImportWizard /></Needs>} />
        <Route path="/imports/:import" element={<Needs operation="read_import"><ImportPage /></Needs>} />
        <Route path="/leads" element={<Needs operation="list_calls"><LeadList /></Needs>} />
        <Route path="/settings" element={<Needs operation="read_settings"><SettingsPage /></Needs>} />
        <Route path="/suppressions" element={<Needs operation="list_suppressions"><SuppressionList /></Needs>} />
        <Route path="/tenants" element={<Needs operation="list_tenants"><TenantsPage /></Needs>} />
        <Route path="/users" element={<Needs operation="list_users"><UserList /></Needs>} />
        <Route path="*" element={<NotFound />} />
      </Routes>
    </Suspense>
  );
}
