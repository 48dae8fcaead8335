//! Who may do what: every operation of the API, its path, and the least role that it takes.
//!
//! The gate lets nothing through that does not stand here, and a test holds this table, the router and the OpenAPI
//! document together.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do, from the least to the most: each role may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes and makes calls.
    Agent,
    /// Runs campaigns.
    Supervisor,
    /// Everything within a tenant.
    Admin,
    /// Runs the installation and creates tenants.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Supervisor, Self::Admin, Self::Operator];

    /// Its name: that of the Cognito group.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

impl FromStr for Role {
    type Err = ();

    /// The name of a Cognito group.
    fn from_str(group: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.name() == group).ok_or(())
    }
}

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: no token is looked at.
    Nobody,
    /// At least this role, in a tenant.
    Member(Role),
    /// At least this role, in a tenant or not: an operator need not be in one.
    Anywhere(Role),
}

impl Needs {
    /// Whether somebody with this role may.
    #[must_use]
    pub fn met_by(self, role: Role) -> bool {
        match self {
            Self::Nobody => true,
            Self::Member(least) | Self::Anywhere(least) => role >= least,
        }
    }
}

/// What becomes of the answer to a request with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// The request changes nothing, or doing it twice is doing it once: a key is not looked at.
    Harmless,
    /// The first answer is kept and given again.
    Answered,
    /// That there was an answer is kept, not what it said, because it holds personal data or a credential. The
    /// handler answers a repetition from what is stored.
    Redone,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $method:literal $path:literal, $needs:expr, $repeats:ident;)+) => {
        /// An operation of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $name,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its method and path.
            #[must_use]
            pub fn route(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($method, $path),)+
                }
            }

            /// What it asks of its caller.
            #[must_use]
            pub fn needs(self) -> Needs {
                match self {
                    $(Self::$name => $needs,)+
                }
            }

            /// What becomes of its answer.
            #[must_use]
            pub fn repeats(self) -> Repeats {
                match self {
                    $(Self::$name => Repeats::$repeats,)+
                }
            }
        }
    };
}

use Role::{Admin, Agent, Operator, Supervisor};

operations! {
    /// Whether the function is up.
    Health: "GET" "/v1/health", Needs::Nobody, Harmless;
    /// This API's description.
    Describe: "GET" "/v1/openapi.json", Needs::Nobody, Harmless;
    /// Who am I?
    Me: "GET" "/v1/me", Needs::Anywhere(Agent), Harmless;

    /// Leave to be told of changes.
    GetLiveTicket: "POST" "/v1/live/tickets", Needs::Member(Agent), Harmless;

    /// All tenants.
    ListTenants: "GET" "/v1/tenants", Needs::Anywhere(Operator), Harmless;
    /// A new tenant.
    CreateTenant: "POST" "/v1/tenants", Needs::Anywhere(Operator), Answered;
    /// One tenant.
    ReadTenant: "GET" "/v1/tenants/{tenant}", Needs::Anywhere(Operator), Harmless;
    /// The caller's own tenant.
    ReadSettings: "GET" "/v1/settings", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditSettings: "PUT" "/v1/settings", Needs::Member(Admin), Harmless;
    /// Whether Twilio is set up.
    ReadTwilio: "GET" "/v1/settings/twilio", Needs::Member(Admin), Harmless;
    /// Set Twilio up.
    SetTwilio: "PUT" "/v1/settings/twilio", Needs::Member(Admin), Harmless;
    /// Does it work?
    TestTwilio: "POST" "/v1/settings/twilio/test", Needs::Member(Admin), Harmless;

    /// All retry templates.
    ListRetryTemplates: "GET" "/v1/retry-templates", Needs::Member(Supervisor), Harmless;
    /// A new retry template.
    CreateRetryTemplate: "POST" "/v1/retry-templates", Needs::Member(Admin), Redone;
    /// One retry template.
    ReadRetryTemplate: "GET" "/v1/retry-templates/{template}", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditRetryTemplate: "PUT" "/v1/retry-templates/{template}", Needs::Member(Admin), Harmless;
    /// The same, deleted.
    DeleteRetryTemplate: "DELETE" "/v1/retry-templates/{template}", Needs::Member(Admin), Harmless;

    /// Today.
    ReadOverview: "GET" "/v1/overview", Needs::Member(Supervisor), Harmless;
    /// All calls.
    ListCalls: "GET" "/v1/calls", Needs::Member(Supervisor), Harmless;
    /// One call.
    ReadCall: "GET" "/v1/calls/{attempt}", Needs::Member(Supervisor), Harmless;

    /// The lead that it found, taken care of.
    HandleLead: "PUT" "/v1/calls/{attempt}/handled", Needs::Member(Supervisor), Harmless;
    /// The same, open again.
    ReopenLead: "DELETE" "/v1/calls/{attempt}/handled", Needs::Member(Supervisor), Harmless;
    /// Its recording.
    ReadRecording: "GET" "/v1/calls/{attempt}/recording", Needs::Member(Supervisor), Harmless;

    /// All webhooks.
    ListWebhooks: "GET" "/v1/webhooks", Needs::Member(Admin), Harmless;
    /// A new webhook.
    CreateWebhook: "POST" "/v1/webhooks", Needs::Member(Admin), Redone;
    /// One webhook.
    ReadWebhook: "GET" "/v1/webhooks/{hook}", Needs::Member(Admin), Harmless;
    /// The same, edited.
    EditWebhook: "PUT" "/v1/webhooks/{hook}", Needs::Member(Admin), Harmless;
    /// The same, deleted.
    DeleteWebhook: "DELETE" "/v1/webhooks/{hook}", Needs::Member(Admin), Harmless;
    /// Another secret for it.
    RotateWebhookSecret: "POST" "/v1/webhooks/{hook}/rotate", Needs::Member(Admin), Harmless;
    /// A message that means nothing.
    TestWebhook: "POST" "/v1/webhooks/{hook}/test", Needs::Member(Admin), Answered;
    /// What it was told.
    ListWebhookDeliveries: "GET" "/v1/webhooks/{hook}/deliveries", Needs::Member(Admin), Harmless;
    /// The same again.
    ReplayWebhookDelivery: "POST" "/v1/webhooks/{hook}/deliveries/{delivery}/replay", Needs::Member(Admin), Answered;

    /// All users.
    ListUsers: "GET" "/v1/users", Needs::Member(Admin), Harmless;
    /// A new user.
    InviteUser: "POST" "/v1/users", Needs::Member(Admin), Redone;
    /// One user.
    ReadUser: "GET" "/v1/users/{user}", Needs::Member(Admin), Harmless;
    /// The same with another role, or out.
    EditUser: "PATCH" "/v1/users/{user}", Needs::Member(Admin), Harmless;
    /// Another temporary password.
    ResendInvitation: "POST" "/v1/users/{user}/resend", Needs::Member(Admin), Redone;
    /// All API keys.
    ListApiKeys: "GET" "/v1/api-keys", Needs::Member(Admin), Harmless;
    /// A new API key.
    CreateApiKey: "POST" "/v1/api-keys", Needs::Member(Admin), Redone;
    /// One API key.
    ReadApiKey: "GET" "/v1/api-keys/{key}", Needs::Member(Admin), Harmless;
    /// The same, of no use any more.
    RevokeApiKey: "POST" "/v1/api-keys/{key}/revoke", Needs::Member(Admin), Answered;
    /// Who changed what.
    ListAuditLog: "GET" "/v1/audit", Needs::Member(Admin), Harmless;

    /// All campaigns.
    ListCampaigns: "GET" "/v1/campaigns", Needs::Member(Supervisor), Harmless;
    /// A new campaign.
    CreateCampaign: "POST" "/v1/campaigns", Needs::Member(Supervisor), Answered;
    /// One campaign.
    ReadCampaign: "GET" "/v1/campaigns/{campaign}", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditCampaign: "PUT" "/v1/campaigns/{campaign}", Needs::Member(Supervisor), Harmless;
    /// A draft, deleted.
    DeleteCampaign: "DELETE" "/v1/campaigns/{campaign}", Needs::Member(Admin), Harmless;
    /// What keeps it from starting.
    ValidateCampaign: "POST" "/v1/campaigns/{campaign}/validate", Needs::Member(Supervisor), Harmless;
    /// Begin.
    StartCampaign: "POST" "/v1/campaigns/{campaign}/start", Needs::Member(Supervisor), Answered;
    /// No new calls for the time being.
    PauseCampaign: "POST" "/v1/campaigns/{campaign}/pause", Needs::Member(Supervisor), Answered;
    /// Go on.
    ResumeCampaign: "POST" "/v1/campaigns/{campaign}/resume", Needs::Member(Supervisor), Answered;
    /// No new calls ever.
    StopCampaign: "POST" "/v1/campaigns/{campaign}/stop", Needs::Member(Supervisor), Answered;
    /// Put away.
    ArchiveCampaign: "POST" "/v1/campaigns/{campaign}/archive", Needs::Member(Supervisor), Answered;
    /// A copy to edit.
    CloneCampaign: "POST" "/v1/campaigns/{campaign}/clone", Needs::Member(Supervisor), Answered;
    /// How far it has come.
    ReadProgress: "GET" "/v1/campaigns/{campaign}/progress", Needs::Member(Supervisor), Harmless;
    /// How fast it calls.
    ReadMinutes: "GET" "/v1/campaigns/{campaign}/minutes", Needs::Member(Supervisor), Harmless;
    /// Its counters, proven and mended.
    RecountCampaign: "POST" "/v1/campaigns/{campaign}/recount", Needs::Member(Admin), Harmless;
    /// Which rules apply to it.
    ReadRules: "GET" "/v1/campaigns/{campaign}/rules", Needs::Member(Supervisor), Harmless;
    /// Who is in it.
    ListEnrollments: "GET" "/v1/campaigns/{campaign}/enrollments", Needs::Member(Supervisor), Harmless;
    /// More contacts in it.
    Enroll: "POST" "/v1/campaigns/{campaign}/enrollments", Needs::Member(Supervisor), Answered;
    /// One contact in it.
    ReadEnrollment: "GET" "/v1/campaigns/{campaign}/enrollments/{contact}", Needs::Member(Supervisor), Harmless;
    /// Why a contact was called or was not, in sentences.
    ExplainEnrollment: "GET" "/v1/campaigns/{campaign}/enrollments/{contact}/explanation", Needs::Member(Supervisor), Harmless;
    /// Everybody in it, as a table.
    ExportResults: "GET" "/v1/campaigns/{campaign}/results.csv", Needs::Member(Supervisor), Harmless;

    /// All contacts.
    ListContacts: "GET" "/v1/contacts", Needs::Member(Supervisor), Harmless;
    /// A new contact.
    CreateContact: "POST" "/v1/contacts", Needs::Member(Supervisor), Redone;
    /// One contact with its timeline.
    ReadContact: "GET" "/v1/contacts/{contact}", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditContact: "PATCH" "/v1/contacts/{contact}", Needs::Member(Supervisor), Harmless;
    /// Contacts as a table.
    ExportContacts: "GET" "/v1/contacts.csv", Needs::Member(Admin), Harmless;
    /// One thing done to many contacts.
    ChangeContacts: "POST" "/v1/contacts/bulk", Needs::Member(Supervisor), Answered;
    /// Who may be the same person.
    FindDuplicates: "GET" "/v1/contacts/{contact}/duplicates", Needs::Member(Supervisor), Harmless;
    /// Two contacts made one.
    MergeContacts: "POST" "/v1/contacts/{contact}/merge", Needs::Member(Supervisor), Redone;
    /// All segments.
    ListSegments: "GET" "/v1/segments", Needs::Member(Supervisor), Harmless;
    /// A new segment.
    CreateSegment: "POST" "/v1/segments", Needs::Member(Supervisor), Redone;
    /// One segment.
    ReadSegment: "GET" "/v1/segments/{segment}", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditSegment: "PUT" "/v1/segments/{segment}", Needs::Member(Supervisor), Harmless;
    /// The same, deleted.
    DeleteSegment: "DELETE" "/v1/segments/{segment}", Needs::Member(Supervisor), Harmless;
    /// A list of who must not be contacted.
    ImportSuppressions: "POST" "/v1/suppressions/import", Needs::Member(Supervisor), Answered;
    /// Something written down about a contact.
    CreateNote: "POST" "/v1/contacts/{contact}/notes", Needs::Member(Agent), Redone;
    /// One note.
    ReadNote: "GET" "/v1/contacts/{contact}/notes/{note}", Needs::Member(Agent), Harmless;
    /// The same, edited.
    EditNote: "PUT" "/v1/contacts/{contact}/notes/{note}", Needs::Member(Agent), Harmless;
    /// The same, deleted.
    DeleteNote: "DELETE" "/v1/contacts/{contact}/notes/{note}", Needs::Member(Agent), Harmless;
    /// A call now.
    CallContact: "POST" "/v1/contacts/{contact}/call", Needs::Member(Agent), Redone;
    /// A person, forgotten.
    EraseContact: "POST" "/v1/contacts/{contact}/erase", Needs::Member(Admin), Harmless;
    /// Which of these are numbers?
    ValidateNumbers: "POST" "/v1/numbers/validate", Needs::Member(Supervisor), Harmless;

    /// All imports.
    ListImports: "GET" "/v1/imports", Needs::Member(Supervisor), Harmless;
    /// A new import.
    CreateImport: "POST" "/v1/imports", Needs::Member(Supervisor), Redone;
    /// The same, by its older name.
    UploadContacts: "POST" "/v1/contacts/upload", Needs::Member(Supervisor), Redone;
    /// A file to start from.
    ReadTemplate: "GET" "/v1/imports/template.csv", Needs::Member(Supervisor), Harmless;
    /// One import.
    ReadImport: "GET" "/v1/imports/{import}", Needs::Member(Supervisor), Harmless;
    /// What it refused.
    ReadRejects: "GET" "/v1/imports/{import}/rejects", Needs::Member(Supervisor), Harmless;
    /// Take it back.
    UndoImport: "POST" "/v1/imports/{import}/undo", Needs::Member(Supervisor), Answered;
    /// Go on with it.
    RetryImport: "POST" "/v1/imports/{import}/retry", Needs::Member(Supervisor), Answered;

    /// Every queue.
    ListQueues: "GET" "/v1/queues", Needs::Member(Agent), Harmless;
    /// A new queue.
    CreateQueue: "POST" "/v1/queues", Needs::Member(Admin), Answered;
    /// One queue.
    ReadQueue: "GET" "/v1/queues/{queue}", Needs::Member(Agent), Harmless;
    /// The same, edited.
    EditQueue: "PUT" "/v1/queues/{queue}", Needs::Member(Admin), Harmless;
    /// The same, deleted.
    DeleteQueue: "DELETE" "/v1/queues/{queue}", Needs::Member(Admin), Harmless;
    /// Every agent.
    ListAgents: "GET" "/v1/agents", Needs::Member(Supervisor), Harmless;
    /// A new agent.
    CreateAgent: "POST" "/v1/agents", Needs::Member(Admin), Redone;
    /// One agent.
    ReadAgent: "GET" "/v1/agents/{agent}", Needs::Member(Supervisor), Harmless;
    /// The same, edited.
    EditAgent: "PUT" "/v1/agents/{agent}", Needs::Member(Admin), Harmless;
    /// The same, deleted.
    DeleteAgent: "DELETE" "/v1/agents/{agent}", Needs::Member(Admin), Harmless;
    /// The caller as an agent.
    ReadMyPresence: "GET" "/v1/agents/me", Needs::Member(Agent), Harmless;
    /// Available, on a break, signed out.
    SetMyState: "PUT" "/v1/agents/me/state", Needs::Member(Agent), Harmless;
    /// Take the call that is offered.
    AcceptOffer: "POST" "/v1/agents/me/offer/accept", Needs::Member(Agent), Harmless;
    /// Leave it to somebody else.
    DeclineOffer: "POST" "/v1/agents/me/offer/decline", Needs::Member(Agent), Harmless;
    /// The floor.
    ReadBoard: "GET" "/v1/board", Needs::Member(Supervisor), Harmless;
    /// One call.
    ReadLiveCall: "GET" "/v1/live-calls/{call}", Needs::Member(Agent), Harmless;
    /// Who is on the line.
    ReadCallStory: "GET" "/v1/live-calls/{call}/story", Needs::Member(Agent), Harmless;
    /// What was said on it.
    ReadLiveRecording: "GET" "/v1/live-calls/{call}/recording", Needs::Member(Supervisor), Harmless;
    /// What was left on it.
    ReadVoicemail: "GET" "/v1/live-calls/{call}/voicemail", Needs::Member(Supervisor), Harmless;
    /// What was left on all of them.
    ListVoicemails: "GET" "/v1/voicemails", Needs::Member(Supervisor), Harmless;
    /// The person hears music.
    HoldCall: "POST" "/v1/live-calls/{call}/hold", Needs::Member(Agent), Harmless;
    /// The person is back.
    ResumeCall: "POST" "/v1/live-calls/{call}/resume", Needs::Member(Agent), Harmless;
    /// The agent is not heard.
    MuteCall: "POST" "/v1/live-calls/{call}/mute", Needs::Member(Agent), Harmless;
    /// The agent is heard again.
    UnmuteCall: "POST" "/v1/live-calls/{call}/unmute", Needs::Member(Agent), Harmless;
    /// The end.
    HangUpCall: "POST" "/v1/live-calls/{call}/hang-up", Needs::Member(Agent), Harmless;
    /// To somebody else.
    TransferCall: "POST" "/v1/live-calls/{call}/transfer", Needs::Member(Agent), Harmless;
    /// A colleague is asked.
    ConsultColleague: "POST" "/v1/live-calls/{call}/consult", Needs::Member(Agent), Harmless;
    /// The colleague takes over.
    CompleteConsult: "POST" "/v1/live-calls/{call}/consult/complete", Needs::Member(Agent), Harmless;
    /// Without the colleague.
    CancelConsult: "POST" "/v1/live-calls/{call}/consult/cancel", Needs::Member(Agent), Harmless;
    /// Somebody outside joins.
    InviteGuest: "POST" "/v1/live-calls/{call}/guests", Needs::Member(Agent), Answered;
    /// And leaves.
    DismissGuest: "POST" "/v1/live-calls/{call}/guests/{guest}/dismiss", Needs::Member(Agent), Harmless;
    /// To somebody outside.
    HandOutCall: "POST" "/v1/live-calls/{call}/hand-out", Needs::Member(Agent), Harmless;
    /// A supervisor joins.
    SuperviseCall: "POST" "/v1/live-calls/{call}/supervise", Needs::Member(Supervisor), Answered;
    /// How it went.
    WrapUpCall: "PUT" "/v1/live-calls/{call}/wrap-up", Needs::Member(Agent), Harmless;

    /// Who must not be contacted.
    ListSuppressions: "GET" "/v1/suppressions", Needs::Member(Supervisor), Harmless;
    /// Somebody more.
    Suppress: "PUT" "/v1/suppressions/{address}", Needs::Member(Supervisor), Harmless;
    /// Somebody less.
    Unsuppress: "DELETE" "/v1/suppressions/{address}", Needs::Member(Admin), Harmless;
}

impl Operation {
    /// The operation behind a method and the path of a route. `HEAD` is `GET` without its body.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Option<Self> {
        let method = if method == "HEAD" { "GET" } else { method };
        Self::ALL.iter().copied().find(|operation| operation.route() == (method, path))
    }
}

impl Operation {
    /// Its name in the OpenAPI document: `list_campaigns`.
    #[must_use]
    pub fn id(self) -> String {
        let mut id = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_uppercase() && !id.is_empty() {
                id.push('_');
            }
            id.push(c.to_ascii_lowercase());
        }
        id
    }
}

impl Operation {
    /// What an API key needs for it: `contacts:write`. None for what only people may do.
    #[must_use]
    pub fn scope(self) -> Option<String> {
        let (method, path) = self.route();
        match self.needs() {
            Needs::Member(Agent | Supervisor) => {}
            Needs::Member(Admin | Operator) | Needs::Anywhere(_) | Needs::Nobody => return None,
        }
        let resource = match path.split('/').nth(2)? {
            "numbers" | "segments" => "contacts",
            "overview" | "retry-templates" => "campaigns",
            resource @ ("calls" | "campaigns" | "contacts" | "imports" | "suppressions") => resource,
            _ => return None,
        };
        let reads = method == "GET" || matches!(self, Self::ValidateCampaign | Self::ValidateNumbers);
        Some(format!("{resource}:{}", if reads { "read" } else { "write" }))
    }

    /// Every scope that there is.
    #[must_use]
    pub fn scopes() -> BTreeSet<String> {
        Self::ALL.iter().filter_map(|operation| operation.scope()).collect()
    }
}

impl Operation {
    /// Whether it changes something that others may be changing too: it must say which version it is based on.
    #[must_use]
    pub fn edits(self) -> bool {
        // Suppressions are put on the list or not, and credentials are replaced as a whole.
        matches!(
            self,
            Self::EditSettings
                | Self::EditCampaign
                | Self::DeleteCampaign
                | Self::EditContact
                | Self::EditQueue
                | Self::DeleteQueue
                | Self::EditAgent
                | Self::DeleteAgent
                | Self::EditNote
                | Self::EditUser
                | Self::EditWebhook
                | Self::DeleteWebhook
                | Self::RotateWebhookSecret
                | Self::MergeContacts
                | Self::EditSegment
                | Self::DeleteSegment
                | Self::RevokeApiKey
                | Self::DeleteNote
                | Self::EditRetryTemplate
                | Self::DeleteRetryTemplate
        )
    }

    /// The path of what it edits: of `/v1/webhooks/{hook}/rotate`, the webhook's.
    #[must_use]
    pub fn edited(self) -> &'static str {
        let (method, path) = self.route();
        match path.rfind('}') {
            Some(end) if method == "POST" => &path[..=end],
            Some(_) | None => path,
        }
    }
}
