//! Every key of the single table, and nothing else.
//!
//! Each partition key begins with the tenant (`T#acme#…`), except for those of [`sweep`], which cross tenants and
//! are reached through a handle of their own.
//!
//! | Question | Index | Key | Limit, cost |
//! |---|---|---|---|
//! | A tenant's settings | primary | `T#t` / `TENANT` | one item |
//! | The mapping that a tenant's imports used last | primary | `T#t` / `MAPPING` | one item |
//! | A campaign | primary | `T#t#K#cmp` / `CAMPAIGN` | one item |
//! | How far a run has come | primary | `T#t#K#cmp` / `RUN` | one item, written once a wave |
//! | A campaign's counters | primary | `T#t#K#cmp` / `COUNTERS` | one item, written once a stream batch |
//! | Who is in a campaign, in the order they came | primary | `T#t#K#cmp` / `ROSTER#imp#part` | 1,000 contacts an item |
//! | The terms that decisions were made on | primary | `T#t#K#cmp` / `TERMS#digest` | one item, written once a run |
//! | A tenant's campaigns, newest first | list | `T#t#campaigns` / created | a page |
//! | A contact with its whole timeline | primary | `T#t#C#con` / all | one query, a few KB |
//! | A contact's enrollment | primary | `T#t#C#con` / `E#cmp` | one item, 1 KB |
//! | An attempt | primary | `T#t#C#con` / `A#cmp#00001` | one item, 1 KB |
//! | A contact's calls in, and when they began | primary | `T#t#C#con` / `L#live` | one query; one write a call in |
//! | A note about a contact | primary | `T#t#C#con` / `N#not` | one item |
//! | That a person was forgotten | primary | `T#t#C#con` / `ERASED` | one item |
//! | What is due in a campaign, soonest and then most urgent first | due | `T#t#K#cmp#00` … / `due#priority#con` | one query a shard; keys only |
//! | Whether an address is suppressed | primary | `T#t#S#address` / channel | one query, a read unit; many by key |
//! | A tenant's calls, newest first | primary | `T#t#calls` / ended and batch | a page of chunks; one write a stream batch, 70 bytes a call |
//! | What calls came to, by hour | primary | `T#t#hours` / hour and `cmp` | one item a campaign and hour, written with its counters |
//! | A tenant's users | primary | `T#t#users` / id | a page |
//! | A tenant's segments | primary | `T#t#segments` / id | a page |
//! | A tenant's retry templates | primary | `T#t#retries` / id | a page |
//! | A tenant's webhooks | primary | `T#t#webhooks` / `HOOK#whk` | one query |
//! | What a webhook was told, newest first | primary | `T#t#W#whk` / time and message | a page; one write a delivery, expires |
//! | Leave to connect to the WebSocket | primary | `T#t#live` / `TICKET#digest` | one item, taken once, expires |
//! | Pages that are open | primary | `T#t#live` / `C#connection` | one query a batch of news; expires |
//! | A tenant's API keys | primary | `T#t#keys` / id | a page; one write an hour of use |
//! | Who changed what, newest first | primary | `T#t#audit` / time | a page; one write a change, in its transaction |
//! | All tenants | list | `SWEEP#TENANTS` / `t` | a page |
//! | A tenant's suppressions, newest first | list | `T#t#suppressions` / added | a page |
//! | An import | primary | `T#t#I#imp` / `IMPORT` | one item, written once a part |
//! | The contacts that an import created | primary | `T#t#I#imp` / `PART#000000` | 1,000 contacts an item |
//! | A tenant's imports, newest first | list | `T#t#imports` / created | a page |
//! | An agent's profile; all of them | primary | `T#t#agents` / `G#agt` | one item; a page |
//! | Where an agent stands; where all do | primary | `T#t#agents` / `P#agt` | one item; one strong query, 0.5 KB an agent |
//! | A queue; all of them | primary | `T#t#queues` / `que` | one item; a page |
//! | Who waits in a queue, most urgent and then longest first | primary | `T#t#Q#que` / `W#priority#since#live` | one strong query |
//! | Which campaigns dial for a queue's agents | primary | `T#t#Q#que` / `K#cmp` | the same query |
//! | A call that wants or has an agent | primary | `T#t#L#live` / `CALL` | one item, 1 KB, written with the agent's presence |
//! | Messages that were left, newest first | list | `T#t#voicemails` / left | a page; written with the call |
//! | A request's first answer, by idempotency key | primary | `T#t#ONCE#key` / `ONCE` | one item, expires |
//! | Whom a request has asked to be called, by idempotency key | primary | `T#t#ONCE#key` / `CALL#cmp#con` | one item, written with the enrollment, expires |
//! | Campaigns that run, of all tenants | primary | `SWEEP#ACTIVE` / `t#cmp` | one query; one write a start |
//! | Tenants that have queues | primary | `SWEEP#DESKS` / `t` | one query; one write a queue saved |
//! | Whether a stream batch has been folded | primary | `SWEEP#FOLDED#event` / `FOLDED` | one item, expires |
//!
//! Keys of profiles, and whatever people are found by, lie in the private table: [`crate::vault`].
//!
//! DynamoDB takes 1,000 writes a second in one partition: whatever is written per attempt is therefore keyed by
//! contact, and the due index is sharded.

use carillon_domain::compliance::TermsId;
use carillon_domain::ids::{
    AgentId, AttemptRef, CampaignId, ContactId, EnrollmentRef, HookId, ImportId, LiveId, NoteId, QueueId,
    RetryTemplateId, SegmentId, TenantId,
};
use jiff::Timestamp;

use crate::port::Key;

/// Over how many partitions a tenant's list of contacts is spread. A page asks them all, and together they take 4,000 new
/// contacts a second: what a new table takes at all, and as much as the finders of one beginning.
pub(crate) const CONTACT_LIST_SHARDS: u8 = 4;

/// Over how many partitions the words with one beginning are spread.
pub(crate) const FINDER_SHARDS: u8 = 4;

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// Milliseconds since 1970 in a form that sorts as text. Times before 1970 count as 1970.
pub(crate) fn instant(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond().max(0))
}

pub(crate) fn tenant(tenant: &TenantId) -> Key {
    key(format!("T#{tenant}"), "TENANT")
}

pub(crate) fn mapping(tenant: &TenantId) -> Key {
    key(format!("T#{tenant}"), "MAPPING")
}

pub(crate) fn campaign_partition(tenant: &TenantId, campaign: &CampaignId) -> String {
    format!("T#{tenant}#K#{campaign}")
}

pub(crate) fn campaign(tenant: &TenantId, campaign: &CampaignId) -> Key {
    key(campaign_partition(tenant, campaign), "CAMPAIGN")
}

pub(crate) fn run(tenant: &TenantId, campaign: &CampaignId) -> Key {
    key(campaign_partition(tenant, campaign), "RUN")
}

pub(crate) fn counters(tenant: &TenantId, campaign: &CampaignId) -> Key {
    key(campaign_partition(tenant, campaign), "COUNTERS")
}

pub(crate) const ROSTER: &str = "ROSTER#";

pub(crate) fn roster(tenant: &TenantId, campaign: &CampaignId, import: &ImportId, part: u32) -> Key {
    key(campaign_partition(tenant, campaign), format!("{ROSTER}{import}#{part:06}"))
}

pub(crate) fn terms(tenant: &TenantId, campaign: &CampaignId, id: &TermsId) -> Key {
    key(campaign_partition(tenant, campaign), format!("TERMS#{id}"))
}

pub(crate) fn campaign_list(tenant: &TenantId) -> String {
    format!("T#{tenant}#campaigns")
}

pub(crate) fn contact_partition(tenant: &TenantId, contact: &ContactId) -> String {
    format!("T#{tenant}#C#{contact}")
}

pub(crate) const CONTACT: &str = "CONTACT";

pub(crate) fn contact(tenant: &TenantId, contact: &ContactId) -> Key {
    key(contact_partition(tenant, contact), CONTACT)
}

pub(crate) const ERASURE: &str = "ERASED";

pub(crate) fn erasure(tenant: &TenantId, contact: &ContactId) -> Key {
    key(contact_partition(tenant, contact), ERASURE)
}

pub(crate) const ENROLLMENT: &str = "E#";

pub(crate) fn enrollment(id: &EnrollmentRef) -> Key {
    key(contact_partition(&id.tenant, &id.contact), format!("{ENROLLMENT}{}", id.campaign))
}

pub(crate) const ATTEMPT: &str = "A#";

pub(crate) fn attempt(id: &AttemptRef) -> Key {
    let EnrollmentRef { tenant, campaign, contact } = &id.enrollment;
    key(contact_partition(tenant, contact), format!("{ATTEMPT}{campaign}#{:05}", id.number))
}

pub(crate) const NOTE: &str = "N#";

pub(crate) fn note(tenant: &TenantId, contact: &ContactId, id: &NoteId) -> Key {
    key(contact_partition(tenant, contact), format!("{NOTE}{id}"))
}

/// The partition of the private table that words with this beginning lie in. Two letters part the alphabet, and the shard keeps an import
/// in which everybody works for one company from writing into one partition.
pub(crate) fn finder_partition(tenant: &TenantId, word: &str, shard: u8) -> String {
    let start: String = word.chars().take(2).collect();
    format!("T#{tenant}#F#{start}#{shard}")
}

pub(crate) fn finder(tenant: &TenantId, word: &str, contact: &ContactId) -> Key {
    let shard = contact.as_str().as_bytes().last().copied().unwrap_or(0) % FINDER_SHARDS;
    key(finder_partition(tenant, word, shard), format!("{word}#{contact}"))
}

/// Which attempt a key is of: items leave out what their key says.
pub(crate) fn attempt_ref(key: &Key) -> Option<AttemptRef> {
    let (tenant, contact) = key.pk.strip_prefix("T#")?.split_once("#C#")?;
    let (campaign, number) = key.sk.strip_prefix(ATTEMPT)?.split_once('#')?;
    let (tenant, campaign, contact) = (tenant.parse().ok()?, campaign.parse().ok()?, contact.parse().ok()?);
    let enrollment = EnrollmentRef { tenant, campaign, contact };
    Some(AttemptRef { enrollment, number: number.parse().ok()? })
}

pub(crate) fn contact_list(tenant: &TenantId, shard: u8) -> String {
    format!("T#{tenant}#contacts#{shard:02x}")
}

/// Of the private table.
pub(crate) fn contact_by_name(tenant: &TenantId, name: &str, contact: &ContactId) -> Key {
    let shard = contact.as_str().as_bytes().last().copied().unwrap_or(0) % CONTACT_LIST_SHARDS;
    key(contact_list(tenant, shard), format!("{name}#{contact}"))
}

/// The partition of the due index that a shard of a campaign's enrollments lies in.
pub(crate) fn due_partition(tenant: &TenantId, campaign: &CampaignId, shard: u8) -> String {
    format!("T#{tenant}#K#{campaign}#{shard:02x}")
}

/// The place in the due index: by time, then by priority (0 first).
pub(crate) fn due(at: Timestamp, priority: u8, contact: &ContactId) -> String {
    format!("{}#{priority}#{contact}", instant(at))
}

/// Sorts after everything that is due at or before an instant.
pub(crate) fn due_through(at: Timestamp) -> String {
    format!("{}#~", instant(at))
}

pub(crate) fn suppression_partition(tenant: &TenantId, address: &str) -> String {
    format!("T#{tenant}#S#{address}")
}

pub(crate) fn suppression(tenant: &TenantId, address: &str, channel: &str) -> Key {
    key(suppression_partition(tenant, address), channel)
}

pub(crate) fn suppression_list(tenant: &TenantId) -> String {
    format!("T#{tenant}#suppressions")
}

pub(crate) fn import_partition(tenant: &TenantId, import: &ImportId) -> String {
    format!("T#{tenant}#I#{import}")
}

pub(crate) fn import(tenant: &TenantId, import: &ImportId) -> Key {
    key(import_partition(tenant, import), "IMPORT")
}

pub(crate) const PART: &str = "PART#";

pub(crate) fn import_part(tenant: &TenantId, import: &ImportId, part: u32) -> Key {
    key(import_partition(tenant, import), format!("{PART}{part:06}"))
}

pub(crate) fn import_list(tenant: &TenantId) -> String {
    format!("T#{tenant}#imports")
}

pub(crate) fn calls_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#calls")
}

pub(crate) fn calls(tenant: &TenantId, ended_at: Timestamp, event: &str) -> Key {
    key(calls_partition(tenant), format!("{}#{event}", instant(ended_at)))
}

pub(crate) fn hours_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#hours")
}

pub(crate) fn hour(tenant: &TenantId, campaign: &CampaignId, from: Timestamp) -> Key {
    key(hours_partition(tenant), format!("{}#{campaign}", instant(from)))
}

pub(crate) fn members(tenant: &TenantId) -> String {
    format!("T#{tenant}#users")
}

pub(crate) fn member(tenant: &TenantId, id: &str) -> Key {
    key(members(tenant), id)
}

pub(crate) fn api_keys(tenant: &TenantId) -> String {
    format!("T#{tenant}#keys")
}

pub(crate) fn api_key(tenant: &TenantId, id: &str) -> Key {
    key(api_keys(tenant), id)
}

pub(crate) fn retry_templates(tenant: &TenantId) -> String {
    format!("T#{tenant}#retries")
}

pub(crate) fn retry_template(tenant: &TenantId, id: &RetryTemplateId) -> Key {
    key(retry_templates(tenant), id.as_str())
}

pub(crate) fn segments(tenant: &TenantId) -> String {
    format!("T#{tenant}#segments")
}

pub(crate) fn segment(tenant: &TenantId, id: &SegmentId) -> Key {
    key(segments(tenant), id.as_str())
}

pub(crate) const HOOK: &str = "HOOK#";

pub(crate) fn hooks(tenant: &TenantId) -> String {
    format!("T#{tenant}#webhooks")
}

pub(crate) fn hook(tenant: &TenantId, id: &HookId) -> Key {
    key(hooks(tenant), format!("{HOOK}{id}"))
}

pub(crate) fn deliveries(tenant: &TenantId, id: &HookId) -> String {
    format!("T#{tenant}#W#{id}")
}

pub(crate) fn delivery(tenant: &TenantId, id: &HookId, place: &str) -> Key {
    key(deliveries(tenant, id), place)
}

pub(crate) fn pages(tenant: &TenantId) -> String {
    format!("T#{tenant}#live")
}

pub(crate) fn page_ticket(tenant: &TenantId, digest: &str) -> Key {
    key(pages(tenant), format!("TICKET#{digest}"))
}

pub(crate) const CONNECTION: &str = "C#";

pub(crate) fn connection(tenant: &TenantId, id: &str) -> Key {
    key(pages(tenant), format!("{CONNECTION}{id}"))
}

pub(crate) fn audit_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#audit")
}

pub(crate) fn audit(tenant: &TenantId, place: &str) -> Key {
    key(audit_partition(tenant), place)
}

pub(crate) fn once(tenant: &TenantId, idempotency_key: &str) -> Key {
    key(format!("T#{tenant}#ONCE#{idempotency_key}"), "ONCE")
}

pub(crate) fn call_asked(idempotency_key: &str, enrollment: &EnrollmentRef) -> Key {
    let EnrollmentRef { tenant, campaign, contact } = enrollment;
    key(format!("T#{tenant}#ONCE#{idempotency_key}"), format!("CALL#{campaign}#{contact}"))
}

pub(crate) fn agents_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#agents")
}

// Not `A#`: attempts are told by that, wherever they lie.
pub(crate) const AGENT: &str = "G#";

pub(crate) fn agent(tenant: &TenantId, agent: &AgentId) -> Key {
    key(agents_partition(tenant), format!("{AGENT}{agent}"))
}

pub(crate) const PRESENCE: &str = "P#";

pub(crate) fn presence(tenant: &TenantId, agent: &AgentId) -> Key {
    key(agents_partition(tenant), format!("{PRESENCE}{agent}"))
}

pub(crate) fn queues_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}#queues")
}

pub(crate) fn queue(tenant: &TenantId, queue: &QueueId) -> Key {
    key(queues_partition(tenant), queue.as_str())
}

pub(crate) fn line_partition(tenant: &TenantId, queue: &QueueId) -> String {
    format!("T#{tenant}#Q#{queue}")
}

pub(crate) fn ticket(
    tenant: &TenantId,
    queue: &QueueId,
    priority: u8,
    since: Timestamp,
    live: &LiveId,
) -> Key {
    key(line_partition(tenant, queue), format!("W#{priority}#{}#{live}", instant(since)))
}

pub(crate) fn linked(tenant: &TenantId, queue: &QueueId, campaign: &CampaignId) -> Key {
    key(line_partition(tenant, queue), format!("K#{campaign}"))
}

pub(crate) const LIVE: &str = "CALL";

pub(crate) fn live(tenant: &TenantId, live: &LiveId) -> Key {
    key(format!("T#{tenant}#L#{live}"), LIVE)
}

pub(crate) fn voicemail_list(tenant: &TenantId) -> String {
    format!("T#{tenant}#voicemails")
}

pub(crate) const CALL_IN: &str = "L#";

/// That a contact has called in, beside the contact.
pub(crate) fn call_in(tenant: &TenantId, contact: &ContactId, live: &LiveId) -> Key {
    key(contact_partition(tenant, contact), format!("{CALL_IN}{live}"))
}

/// Keys that cross tenants. Only sweeps use them.
pub(crate) mod sweep {
    use super::{CampaignId, Key, TenantId, key};

    pub(crate) const ACTIVE: &str = "SWEEP#ACTIVE";

    /// The partition of the list index that all tenants lie in.
    pub(crate) const TENANTS: &str = "SWEEP#TENANTS";

    pub(crate) fn active(tenant: &TenantId, campaign: &CampaignId) -> Key {
        key(ACTIVE.to_owned(), format!("{tenant}#{campaign}"))
    }

    pub(crate) const DESKS: &str = "SWEEP#DESKS";

    pub(crate) fn desk(tenant: &TenantId) -> Key {
        key(DESKS.to_owned(), tenant.as_str())
    }

    pub(crate) fn folded(event: &str) -> Key {
        key(format!("SWEEP#FOLDED#{event}"), "FOLDED")
    }
}
