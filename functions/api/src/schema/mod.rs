//! Shapes of the domain's types, for the OpenAPI document alone: the domain does not know of OpenAPI.
//!
//! A word that the domain gains does not compile here until it is listed; a field that it gains fails the test that
//! reads every example here as the domain type and writes it back.
#![expect(dead_code, reason = "the structs describe; the domain's own types are what is read and written")]

mod agents;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

pub use agents::*;

macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident: $domain:ty = $($variant:ident)+;)+) => {$(
        $(#[doc = $doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words = [$(<$domain>::$variant),+].map(|word| serde_json::to_value(word).unwrap_or_default());
                let object = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                object.description(Some(concat!($($doc),*).trim())).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }

        const _: fn($domain) = |word| match word {
            $(<$domain>::$variant)|+ => {}
        };
    )+};
}

words! {
    /// Where a campaign stands.
    CampaignState: carillon_domain::campaign::CampaignState =
        Draft Scheduled Running Paused Stopping Completed Archived;
    /// Why contacts are called. The law asks more of those who sell.
    Purpose: carillon_domain::compliance::Purpose = Marketing Informational;
    /// By which way somebody is contacted.
    Channel: carillon_domain::compliance::Channel = Voice Sms Email;
    /// How answering machines are told from people.
    AmdMode: carillon_domain::ports::AmdMode = Off Sync Async;
    /// Who or what answered.
    AnsweredBy: carillon_domain::ports::AnsweredBy =
        Human MachineStart MachineBeep MachineSilence MachineOther Fax Unknown;
    /// How an attempt ended.
    Outcome: carillon_domain::outcome::Outcome =
        Interested OptedOut Talked Abandoned Completed HungUp VoicemailLeft Machine Screened Unknown Fax NoAnswer Busy
        Failed InvalidNumber WrongNumber NotPermitted Canceled NotPlaced;
    /// When a person is put through to an agent: as soon as they answer, or when they press the key for interest.
    AgentsWhen: carillon_domain::attempt::AgentsWhen = Answer Interest;
    /// When an agent's telephone rings: while the person's still does, or when the person has answered.
    RingWhen: carillon_domain::agents::live::RingWhen = WhileRinging OnAnswer;
    /// Why an agent takes no calls. `missed` is nobody's choice: they did not answer three calls in a row.
    BreakReason: carillon_domain::agents::presence::BreakReason = Pause Meal Meeting Training Work Missed;
    /// How far an offer has come.
    Stage: carillon_domain::agents::live::Stage = Reserved Ringing Whisper Accepted;
    /// How a call that agents take ended.
    Ending: carillon_domain::agents::live::Ending = Talked NoAnswer Machine HungUp NobodyFree Outside;
    /// As what somebody joins a talk.
    GuestRole: carillon_domain::agents::live::GuestRole = Party Listener Whisperer Barger;
    /// Where somebody who joins a talk stands.
    GuestState: carillon_domain::agents::live::GuestState = Ringing Joined Gone;
    /// What a disposition means for the contact.
    Meaning: carillon_domain::agents::queue::Meaning = Done Interested Callback WrongNumber DoNotCall;
    /// How a person is put through: the agent hears who it is and presses a key, or as soon as the agent picks up.
    Transfer: carillon_domain::agents::live::Transfer = Warm Blind;
    /// Why an enrollment is over.
    EndReason: carillon_domain::outcome::EndReason =
        Reached MessageLeft OptedOut Exhausted Unreachable Suppressed NotAllowed NoWindow Stopped Withdrawn
        Erased;
    /// What a person asked for by key.
    Wish: carillon_domain::attempt::Wish = Interest OptOut;
    /// What kind of line a number belongs to.
    LineType: carillon_domain::phone::LineType =
        FixedLine Mobile FixedLineOrMobile TollFree PremiumRate SharedCost Voip PersonalNumber Pager Uan Voicemail
        Unknown;
    /// What somebody has agreed to.
    Consent: carillon_domain::compliance::Consent =
        Calls AutomatedCalls AutomatedCallsInWriting Texts Emails Recording;
    /// For which kind of contact an address is suppressed.
    Scope: carillon_domain::suppression::Scope = All Voice Sms Email;
    /// Why an address must not be contacted.
    SuppressionReason: carillon_domain::compliance::SuppressionReason =
        OptedOut DoNotCall PublicRegister Complaint Bounce;
    /// Where an import stands.
    ImportState: carillon_store::ImportState =
        AwaitingUpload Reading Completed Rejected Failed Undoing Undone;
    /// What to do with a row whose number is known already.
    DuplicatePolicy: carillon_store::DuplicatePolicy = Skip Update Reject;
    /// Where a user stands.
    UserState: carillon_store::MemberState = Invited Active Disabled;
    /// What became of a thing.
    AuditChange: carillon_store::ChangeKind = Created Changed Deleted;
    /// Whether a webhook is told anything.
    WebhookState: carillon_store::HookState = Enabled Paused Disabled;
    /// Where a delivery stands.
    DeliveryState: carillon_store::DeliveryState = Pending Delivered Failed;
    /// How sure we are of a rule.
    RuleStatus: carillon_domain::compliance::Status = Law Guidance Superseded Unverified;
}

/// What a campaign does.
#[derive(ToSchema)]
#[schema(example = json!(plan_example()))]
pub struct CampaignPlan {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    purpose: Purpose,
    script: CallScript,
    /// Numbers to call from, in E.164 form, taken in turn.
    caller_ids: Vec<String>,
    window: WeekWindow,
    /// IANA name: where the campaign's days begin and end for the daily limit.
    timezone: String,
    /// Not before.
    #[schema(required = false)]
    start_at: Option<Timestamp>,
    /// Not after.
    #[schema(required = false)]
    end_at: Option<Timestamp>,
    /// At most this many calls a day.
    #[schema(required = false, minimum = 1)]
    daily_limit: Option<u32>,
    retry: RetryPolicy,
    #[schema(required = false)]
    pace: Pace,
    #[schema(required = false)]
    amd: AmdMode,
    #[schema(required = false)]
    amd_tuning: AmdTuning,
    /// Who takes the calls of people who answer; without it, the script alone.
    #[schema(required = false)]
    agents: Option<AgentsPlan>,
    /// A telephone outside to which people who answer are put through; instead of agents.
    #[schema(required = false)]
    forward: Option<ForwardPlan>,
    /// Leave out house rules (never law): for people who asked to be told at any hour.
    #[schema(required = false, default = false)]
    waive_house_rules: bool,
    /// Whether calls are recorded.
    #[schema(required = false, default = false)]
    record: bool,
}

/// How detection is tuned; the provider's own values where absent.
#[derive(ToSchema)]
pub struct AmdTuning {
    /// Give up after so long, seconds.
    #[schema(required = false, minimum = 3, maximum = 59)]
    timeout_seconds: Option<u16>,
    /// Who speaks for longer than this at a stretch is a machine, milliseconds.
    #[schema(required = false, minimum = 1000, maximum = 6000)]
    speech_ms: Option<u16>,
    /// Silence that ends a stretch of speech, milliseconds.
    #[schema(required = false, minimum = 500, maximum = 5000)]
    speech_end_ms: Option<u16>,
    /// Silence at the beginning after which nobody can tell, milliseconds.
    #[schema(required = false, minimum = 2000, maximum = 10000)]
    silence_ms: Option<u16>,
}

/// What a call says. Texts may hold merge fields: `Hello {{first_name|there}}`.
#[derive(ToSchema)]
pub struct CallScript {
    /// BCP 47 tag of the spoken language.
    language: String,
    /// The provider's name of a voice.
    #[schema(required = false)]
    voice: Option<String>,
    /// What a person hears first.
    #[schema(max_length = 3000)]
    greeting: String,
    /// Keys to press, if any.
    #[schema(required = false)]
    menu: Option<Menu>,
    /// The last words.
    #[schema(required = false, max_length = 3000)]
    goodbye: Option<String>,
    /// The message for a machine; without one the call ends when a machine answers.
    #[schema(required = false, max_length = 3000)]
    voicemail: Option<String>,
}

/// What keys do.
#[derive(ToSchema)]
pub struct Menu {
    /// What is said to explain the keys.
    #[schema(max_length = 3000)]
    prompt: String,
    /// The key for interest.
    #[schema(required = false, default = "1", pattern = "^[0-9*#]$")]
    interest_key: String,
    /// The key that opts out and suppresses the number.
    #[schema(required = false, default = "9", pattern = "^[0-9*#]$")]
    opt_out_key: String,
    /// What is said after the key for interest.
    #[schema(max_length = 3000)]
    interested_reply: String,
    /// What is said after the key for opting out.
    #[schema(max_length = 3000)]
    opted_out_reply: String,
    /// How long to wait for a key, seconds.
    #[schema(required = false, default = 5, minimum = 1, maximum = 30)]
    wait_seconds: u8,
    /// How often to ask again.
    #[schema(required = false, default = 0, maximum = 5)]
    repeats: u8,
    /// Whether words that refuse further calls count as the key for opting out. The provider bills each time it listens.
    #[schema(required = false)]
    listens: bool,
}

/// How often to try, and what to try again after.
#[derive(ToSchema)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    #[schema(minimum = 1, maximum = 50)]
    attempts_max: u16,
    /// A rule per outcome; an outcome without one is final.
    #[schema(required = false)]
    rules: BTreeMap<String, RetryRule>,
}

/// What to do after one outcome.
#[derive(ToSchema)]
pub struct RetryRule {
    /// How many times this outcome may be followed by another try.
    times: u16,
    /// How long to wait, an ISO 8601 duration.
    #[schema(example = "PT2H")]
    after: String,
    /// Spread the wait by up to this share of it, percent.
    #[schema(required = false, default = 0, maximum = 100)]
    jitter_percent: u8,
    /// Prefer an hour of the day at which this person has not been tried.
    #[schema(required = false, default = false)]
    other_hour: bool,
}

/// How fast a campaign calls.
#[derive(ToSchema)]
pub struct Pace {
    /// Calls a second.
    #[schema(required = false, default = 1, minimum = 1, maximum = 500)]
    calls_per_second: u16,
    /// How long a call may ring, seconds.
    #[schema(required = false, default = 30, minimum = 15, maximum = 120)]
    ring_seconds: u16,
    /// How far ahead one wave reaches, seconds.
    #[schema(required = false, default = 300, minimum = 1, maximum = 450)]
    wave_seconds: u16,
}

/// Open hours for each day of the week, on the called party's clock: pairs of from and to, `HH:MM`, `24:00` included.
#[derive(ToSchema)]
#[schema(example = json!({"mon": [["09:00", "12:00"], ["13:00", "20:00"]], "sat": [["10:00", "16:00"]]}))]
pub struct WeekWindow {
    #[schema(required = false)]
    mon: Vec<Vec<String>>,
    #[schema(required = false)]
    tue: Vec<Vec<String>>,
    #[schema(required = false)]
    wed: Vec<Vec<String>>,
    #[schema(required = false)]
    thu: Vec<Vec<String>>,
    #[schema(required = false)]
    fri: Vec<Vec<String>>,
    #[schema(required = false)]
    sat: Vec<Vec<String>>,
    #[schema(required = false)]
    sun: Vec<Vec<String>>,
}

/// A tenant's limit across its campaigns.
#[derive(ToSchema)]
#[schema(example = json!({"name": "three a week", "count": 3, "per": "P7D", "channel": "voice"}))]
pub struct FrequencyCap {
    /// What people call it.
    name: String,
    /// At most so many...
    #[schema(minimum = 1)]
    count: u16,
    /// ...in such a period: an ISO 8601 duration, `calendar-day` or `calendar-month`.
    per: String,
    /// Only contacts by this channel count, and only they are held back; all, if unset.
    #[schema(required = false)]
    channel: Option<Channel>,
}

/// A consent, with its evidence.
#[derive(ToSchema)]
#[schema(example = json!({"kind": "calls", "evidence": "web form 2026-03-01, record 8812", "at": "2026-03-01T09:30:00Z"}))]
pub struct ConsentGiven {
    kind: Consent,
    /// Where it is written down.
    evidence: String,
    /// Since when.
    at: Timestamp,
}

/// Where a number belongs.
#[derive(ToSchema)]
pub struct Place {
    /// ISO 3166-1 alpha-2; `001` for numbers of no country.
    country: String,
    /// ISO 3166-2 without the country, where the prefix tells.
    #[schema(required = false)]
    subdivision: Option<String>,
}

/// What to do with a file.
#[derive(ToSchema)]
#[schema(example = json!(import_example()))]
pub struct ImportOptions {
    /// Enroll the contacts in this campaign.
    #[schema(required = false)]
    campaign: Option<String>,
    /// The country of national numbers in rows that name none; the tenant's own unless given.
    #[schema(required = false)]
    country: Option<String>,
    #[schema(required = false)]
    duplicates: DuplicatePolicy,
    /// Whether a number that the tenant knows from elsewhere counts as a duplicate. Otherwise only one that is in the
    /// campaign, or in the file, does.
    #[schema(required = false, default = false)]
    across_tenant: bool,
    /// Find out what would happen, and write nothing.
    #[schema(required = false, default = false)]
    dry_run: bool,
    /// Which column is what, where it is not to be guessed: `phone`, `first_name`, `consent:calls`, `custom:plan`,
    /// `ignore` and so on.
    #[schema(required = false)]
    mapping: Option<BTreeMap<String, String>>,
    /// Required and typed fields.
    #[schema(required = false)]
    fields: Vec<FieldSpec>,
}

/// What is expected of a field.
#[derive(ToSchema)]
pub struct FieldSpec {
    /// A field's name (`email`), or a custom field's (`contract_end`).
    name: String,
    /// Its type: `text`, `number`, `date`, `bool`, or `{"enum": [...]}`.
    #[schema(required = false, value_type = serde_json::Value)]
    kind: String,
    /// Whether an empty value refuses the row.
    #[schema(required = false, default = false)]
    required: bool,
}

/// Options: every field once.
#[must_use]
pub fn import_example() -> serde_json::Value {
    serde_json::json!({
        "campaign": "cmp_0192f3a4b5c67d8e9f00112233445566",
        "country": "DE",
        "duplicates": "update",
        "across_tenant": false,
        "dry_run": false,
        "mapping": {"Rufnummer": "phone", "Tarif": "custom:plan"},
        "fields": [{"name": "plan", "kind": {"enum": ["basic", "plus"]}, "required": true}]
    })
}

/// A whole plan: every field once.
#[must_use]
pub fn plan_example() -> serde_json::Value {
    serde_json::json!({
        "name": "Spring service reminder",
        "purpose": "informational",
        "script": {
            "language": "en-GB",
            "voice": "Polly.Amy-Neural",
            "greeting": "Hello {{first_name|there}}, your boiler in {{custom.city}} is due for its yearly service.",
            "menu": {
                "prompt": "Press 1 for an appointment, or 9 if you want no more calls.",
                "interest_key": "1",
                "opt_out_key": "9",
                "interested_reply": "Thank you, we will call you back today.",
                "opted_out_reply": "You will not hear from us again.",
                "wait_seconds": 5,
                "repeats": 1
            },
            "goodbye": "Goodbye.",
            "voicemail": "Hello, your boiler is due for its yearly service. Please call us back."
        },
        "caller_ids": ["+442079460123"],
        "window": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]], "tue": [["09:00", "18:00"]]},
        "timezone": "Europe/London",
        "start_at": "2027-03-01T09:00:00Z",
        "end_at": "2027-03-31T18:00:00Z",
        "daily_limit": 500,
        "retry": {
            "attempts_max": 3,
            "rules": {
                "busy": {"times": 2, "after": "PT15M", "jitter_percent": 20, "other_hour": false},
                "no_answer": {"times": 2, "after": "PT20H", "jitter_percent": 10, "other_hour": true}
            }
        },
        "pace": {"calls_per_second": 1, "ring_seconds": 30, "wave_seconds": 300},
        "amd": "sync",
        "amd_tuning": {"timeout_seconds": 30, "speech_ms": 2400, "speech_end_ms": 1200, "silence_ms": 5000},
        "agents": {
            "queue": "que_0192f3a4b5c67d8e9f00112233445566",
            "when": "answer",
            "ring": "while_ringing",
            "transfer": "warm",
            "whisper": "{{first_name|A customer}} {{last_name|}}, about the spring service.",
            "opening": "This call is recorded.",
            "sorry": "This was Miller Cars. Nobody is free at the moment. Press 9 and we call no more.",
            "refusal_key": "9",
            "offer_seconds": 20,
            "patience_seconds": 2
        },
        "record": false,
        "waive_house_rules": false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of fields that a schema lists, and of those that the value has, at every depth that is an object.
    fn fields(value: &serde_json::Value) -> Vec<&str> {
        value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
    }

    fn described<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).expect("a schema");
        fields(&schema["properties"]).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_of_an_imports_options_is_the_stores() {
        let options: carillon_store::ImportOptions = serde_json::from_value(import_example()).expect("valid");
        let written = serde_json::to_value(&options).expect("plain");
        assert_eq!(written, import_example());
        let mut described = described::<ImportOptions>();
        described.sort();
        assert_eq!(fields(&written), described);
    }

    #[test]
    fn the_schema_of_a_plan_is_the_domains() {
        let example = plan_example();
        let plan: carillon_domain::campaign::CampaignPlan =
            serde_json::from_value(example.clone()).expect("valid");
        let written = serde_json::to_value(&plan).expect("plain");
        // Durations and letters' case aside, what goes in comes out.
        let again: carillon_domain::campaign::CampaignPlan =
            serde_json::from_value(written.clone()).expect("valid");
        assert_eq!(plan, again);
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        let of = |value: &serde_json::Value| sorted(fields(value).into_iter().map(str::to_owned).collect());
        assert_eq!(of(&written), sorted(described::<CampaignPlan>()));
        assert_eq!(of(&written["script"]), sorted(described::<CallScript>()));
        assert_eq!(of(&written["script"]["menu"]), sorted(described::<Menu>()));
        assert_eq!(of(&written["pace"]), sorted(described::<Pace>()));
        assert_eq!(of(&written["retry"]), sorted(described::<RetryPolicy>()));
        assert_eq!(of(&written["retry"]["rules"]["busy"]), sorted(described::<RetryRule>()));
        assert_eq!(plan.violations(Timestamp::UNIX_EPOCH), []);
    }
}
