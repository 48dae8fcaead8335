//! What a seed stands for: who is called by which campaigns, when users interfere, and what goes wrong.

use std::collections::BTreeSet;

use carillon_domain::campaign::{Campaign, CampaignPlan, CampaignState, Pace};
use carillon_domain::compliance::{Channel, Consent, FrequencyCap, Purpose};
use carillon_domain::contact::{ConsentGiven, Contact};
use carillon_domain::ids::{CampaignId, ContactId, ImportId, TenantId};
use carillon_domain::phone::{E164, LineType, Place};
use carillon_domain::ports::{AmdMode, AmdTuning};
use carillon_domain::script::{CallScript, Menu};
use carillon_domain::tenant::Tenant;
use jiff::{SignedDuration, Timestamp};

use crate::dice::Dice;
use crate::faults::Faults;
use crate::hub::{Function, time};
use crate::template;

/// What a run is made from.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// The only function that dies and is slow; any, if not given.
    pub fragile: Option<Function>,
    /// For how long it does, milliseconds.
    pub hostile_ms: i64,
    /// The beginning, milliseconds since 1970.
    pub start: i64,
    /// RECONCILE_AFTER_SECONDS.
    pub grace: SignedDuration,
    /// How far a function's clock may be off, milliseconds.
    pub skew_ms_max: i64,
    /// How many writes an eventually consistent read may be behind.
    pub lag_writes_max: usize,
    /// Shards of the table's stream.
    pub stream_shards: usize,
    /// Most records in a batch of it.
    pub stream_batch: usize,
    /// How long a batch is gathered, milliseconds.
    pub stream_window_ms: i64,
    /// How long news is gathered for `announce`, milliseconds; nothing is announced, if not given.
    pub announce_window_ms: Option<i64>,
    /// How long orders are gathered for a function, milliseconds.
    pub queue_window_ms: i64,
    /// How many messages a function gets at once.
    pub queue_batch: usize,
    /// Organisations.
    pub tenants: Vec<Tenant>,
    /// Everybody.
    pub people: Vec<Contact>,
    /// Whose contact each of them is, by position in `tenants`.
    pub owners: Vec<usize>,
    /// Campaigns.
    pub campaigns: Vec<CampaignSpec>,
    /// What users do, and when: milliseconds after the beginning.
    pub actions: Vec<(i64, Action)>,
}

/// A campaign and who is in it.
#[derive(Clone, Debug)]
pub struct CampaignSpec {
    /// Whose, by position.
    pub tenant: usize,
    /// As it is before it starts.
    pub campaign: Campaign,
    /// Who is in it, by position in `people`.
    pub members: Vec<usize>,
    /// Who joins while it runs.
    pub joining: Vec<usize>,
    /// Its window on the wall clock, told in another way than the plan tells it: days from Monday, minutes.
    pub days: [bool; 7],
    /// From.
    pub from_minute: i16,
    /// To.
    pub to_minute: i16,
}

/// What a user does. Numbers are positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a campaign.
    Start(usize),
    /// Pause it.
    Pause(usize),
    /// Resume it.
    Resume(usize),
    /// Stop it.
    Stop(usize),
    /// Put a person on the do-not-call list.
    Suppress(usize),
    /// An import adds contacts to a running campaign.
    Join(usize),
}

/// How large a scenario is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Contacts; thrown if not given.
    pub contacts: Option<usize>,
    /// For how many days things go wrong; hours, if not given.
    pub days: Option<u32>,
    /// Nothing goes wrong, and nobody interferes.
    pub calm: bool,
}

/// What kind of campaign is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// Few rules apply, and everybody is greeted by name.
    Germany,
    /// The same, and everybody hears the same: no profile is opened.
    GermanyNameless,
    /// The same, with detection of machines: the provider asks what to say.
    GermanyDetecting,
    /// Many rules apply, in two zones at once: records are larger.
    Florida,
}

/// Country, state, zones.
const PLACES: [(&str, Option<&str>, &[&str]); 8] = [
    ("US", Some("CA"), &["America/Los_Angeles"]),
    ("US", Some("NY"), &["America/New_York"]),
    ("US", Some("FL"), &["America/New_York", "America/Chicago"]),
    ("US", Some("AL"), &["America/Chicago"]),
    ("DE", None, &["Europe/Berlin"]),
    ("GB", None, &["Europe/London"]),
    ("IN", None, &["Asia/Kolkata"]),
    ("AU", Some("NSW"), &["Australia/Sydney"]),
];

const ZONES: [&str; 4] = ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata"];
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

impl Scenario {
    /// The scenario of a seed.
    ///
    /// # Panics
    /// If it is not valid, which is a mistake in here.
    #[must_use]
    pub fn of(seed: u64, size: Size) -> Self {
        let mut dice = Dice::new(seed, "scenario");
        let dice = &mut dice;
        // Weeks in which clocks change on both continents, and ones before holidays.
        let first: Timestamp = dice
            .pick(&["2026-10-19T00:00:00Z", "2027-03-08T00:00:00Z", "2026-12-14T00:00:00Z"])
            .parse()
            .expect("a time");
        let start = first.as_millisecond() + dice.between(0, 18 * 24 * 60) * MINUTE;
        let faults =
            if size.calm { Faults::default() } else { Faults::thrown(&mut Dice::new(seed, "faults")) };
        let tenants = (0..dice.between(1, 2)).map(|n| tenant(n, start, size.calm, dice)).collect::<Vec<_>>();
        let count = size.contacts.unwrap_or_else(|| usize::try_from(dice.between(12, 45)).unwrap_or(12));
        let (mut people, mut owners) = (Vec::new(), Vec::new());
        for number in 0..count {
            let owner = dice.below(tenants.len());
            people.push(person(number, &tenants[owner], start, dice));
            owners.push(owner);
        }
        let mut scenario = Self {
            seed,
            faults,
            fragile: None,
            hostile_ms: size.days.map_or_else(|| dice.pick(&[1, 1, 3, 10, 24]), |days| i64::from(days) * 24)
                * HOUR,
            start,
            grace: SignedDuration::from_secs(dice.pick(&[90, 120, 300])),
            skew_ms_max: if size.calm { 0 } else { dice.pick(&[0, 50, 1_500]) },
            lag_writes_max: if size.calm { 0 } else { dice.pick(&[0, 3, 20]) },
            stream_shards: usize::try_from(dice.between(1, 3)).unwrap_or(1),
            stream_batch: if size.calm { 100 } else { dice.pick(&[3, 10, 100]) },
            stream_window_ms: 1_000,
            announce_window_ms: None,
            queue_window_ms: 0,
            queue_batch: 10,
            tenants,
            people,
            owners,
            campaigns: Vec::new(),
            actions: Vec::new(),
        };
        for number in 0..dice.between(1, 3) {
            let spec = scenario.campaign(number, size, dice);
            scenario.campaigns.push(spec);
        }
        scenario.actions = scenario.acted(size.calm, dice);
        scenario
    }

    /// The scenario whose cost is counted: one campaign on a working day, in one place, in which nothing goes wrong.
    #[must_use]
    pub fn plain(seed: u64, contacts: usize, case: Case) -> Self {
        let mut scenario = Self::of(seed, Size { contacts: Some(contacts), calm: true, days: None });
        let (start, country, subdivision, zones): (&str, _, _, &[&str]) = match case {
            Case::Germany | Case::GermanyNameless | Case::GermanyDetecting => {
                ("2026-11-23T08:00:00Z", "DE", None, &["Europe/Berlin"])
            }
            Case::Florida => {
                ("2026-11-23T15:00:00Z", "US", Some("FL"), &["America/New_York", "America/Chicago"])
            }
        };
        scenario.start = start.parse::<Timestamp>().expect("a time").as_millisecond();
        scenario.hostile_ms = HOUR;
        scenario.stream_shards = 1;
        let configured = |function: &str, property: &str| template::number(function, property);
        scenario.stream_batch = configured("AggregateFunctionChanges", "BatchSize") as usize;
        let window = |function| i64::from(configured(function, "MaximumBatchingWindowInSeconds")) * 1_000;
        (scenario.stream_window_ms, scenario.queue_window_ms) =
            (window("AggregateFunctionChanges"), window("DialFunctionCalls"));
        scenario.queue_batch = configured("DialFunctionCalls", "BatchSize") as usize;
        scenario.announce_window_ms = Some(window("AnnounceFunctionChanges"));
        scenario.tenants.truncate(1);
        scenario.tenants[0].frequency_caps.clear();
        scenario.owners.fill(0);
        for person in &mut scenario.people {
            person.id = ContactId::of_address(scenario.tenants[0].salt.as_bytes(), person.phone.as_str());
            person.place = Place { country: country.to_owned(), subdivision: subdivision.map(str::to_owned) };
            person.zones = zones.iter().map(|&zone| zone.to_owned()).collect();
            person.consents = vec![consent(scenario.start)];
        }
        scenario.campaigns.truncate(1);
        scenario.actions = vec![(0, Action::Start(0))];
        let spec = &mut scenario.campaigns[0];
        (spec.tenant, spec.members) = (0, (0..contacts).collect());
        spec.joining.clear();
        (spec.days, spec.from_minute, spec.to_minute) = ([true; 7], 0, 24 * 60);
        let campaign = &mut spec.campaign;
        campaign.shards = 4; // as the API makes them
        campaign.imports_open.clear();
        campaign.created_at = time(scenario.start);
        let plan = &mut campaign.plan;
        plan.purpose = Purpose::Informational;
        plan.window = "Mon-Sun 00:00-24:00".parse().expect("a window");
        plan.timezone = zones[0].to_owned();
        plan.amd = if case == Case::GermanyDetecting { AmdMode::Sync } else { AmdMode::Off };
        plan.script = script(plan.amd, &mut Dice::new(seed, "script"));
        if case == Case::GermanyNameless {
            plan.script.greeting = "Hello.".parse().expect("a template");
        }
        (plan.daily_limit, plan.start_at, plan.end_at) = (None, None, None);
        plan.pace = Pace { calls_per_second: 5, ring_seconds: 25, ..Pace::default() };
        let rules = serde_json::json!({"attempts_max": 3, "rules": {
            "busy": {"times": 2, "after": "PT30M"}, "no_answer": {"times": 1, "after": "PT2H"}}});
        plan.retry = serde_json::from_value(rules).expect("a policy");
        scenario
    }

    /// Two campaigns call the same people from the same number and begin at the same instant, while their diallers are slow
    /// and die, and no callback comes: whose a call was is often to be asked.
    #[must_use]
    pub fn rivals(seed: u64) -> Self {
        let mut scenario = Self::plain(seed, 100, Case::Germany);
        scenario.announce_window_ms = None;
        scenario.faults = Faults {
            crash_before: 30_000,
            crash_after: 30_000,
            slow: 500_000,
            placed_unheard: 100_000,
            placed_late: 20_000,
            callback_lost: 1_000_000,
            ..Faults::default()
        };
        // Planners in step, so that both order a call to everybody at the same instant.
        scenario.fragile = Some(Function::DialContact);
        (scenario.hostile_ms, scenario.skew_ms_max) = (3 * HOUR, 1_500);
        // An order at a time, so that who dies takes no other along.
        scenario.queue_batch = 1;
        let plan = &mut scenario.campaigns[0].campaign.plan;
        plan.pace.calls_per_second = 1;
        plan.caller_ids.truncate(1);
        let mut other = scenario.campaigns[0].clone();
        other.campaign.id = id("cmp_1");
        scenario.campaigns.push(other);
        scenario.actions.push((0, Action::Start(1)));
        scenario
    }

    fn campaign(&self, number: i64, size: Size, dice: &mut Dice) -> CampaignSpec {
        let tenant = dice.below(self.tenants.len());
        let (days, from_minute, to_minute, window) = dice.pick(&[
            ([true; 7], 0, 24 * 60, "Mon-Sun 00:00-24:00"),
            ([true, true, true, true, true, true, false], 9 * 60, 20 * 60, "Mon-Sat 09:00-20:00"),
            ([true, true, true, true, true, false, false], 10 * 60 + 30, 17 * 60, "Mon-Fri 10:30-17:00"),
        ]);
        let purpose = dice.pick(&[Purpose::Informational, Purpose::Marketing]);
        let amd = dice.pick(&[AmdMode::Off, AmdMode::Sync]);
        let calls_per_second = u16::try_from(dice.pick(&[1, 2, 5])).unwrap_or(1);
        let wave_seconds = dice.pick(&[2, 10, 60]);
        let ring_seconds = dice.pick(&[15, 25, 40]);
        let calm = size.calm;
        let plan = CampaignPlan {
            name: format!("Campaign {number}"),
            purpose,
            script: script(amd, dice),
            caller_ids: (0..dice.between(1, 2)).map(|n| phone(&format!("+1202555{n:04}"))).collect(),
            window: window.parse().expect("a window"),
            waive_house_rules: false,
            timezone: dice.pick(&ZONES).to_owned(),
            start_at: (!calm && dice.chance(200_000))
                .then(|| time(self.start + dice.between(1, 90) * MINUTE)),
            end_at: (!calm && dice.chance(150_000)).then(|| time(self.start + dice.between(3, 60) * HOUR)),
            daily_limit: (!calm && dice.chance(300_000))
                .then(|| u32::try_from(dice.between(4, 15)).unwrap_or(5)),
            retry: retry(dice),
            pace: Pace { calls_per_second, ring_seconds, wave_seconds },
            amd,
            amd_tuning: AmdTuning::default(),
            agents: None,
            forward: None,
            record: false,
        };
        let mut campaign = Campaign {
            id: id::<CampaignId>(&format!("cmp_{number}")),
            state: CampaignState::Draft,
            plan,
            shards: u8::try_from(dice.between(1, 3)).unwrap_or(1),
            run: 0,
            run_at: None,
            imports_open: BTreeSet::new(),
            created_at: time(self.start),
            started_at: None,
            completed_at: None,
        };
        assert_eq!(campaign.plan.violations(time(self.start)), [], "seed {}", self.seed);
        let (mut members, mut joining) = (Vec::new(), Vec::new());
        for (position, _) in self.owners.iter().enumerate().filter(|(_, owner)| **owner == tenant) {
            match dice.below(10) {
                0 if !calm => joining.push(position),
                1 if !calm => {}
                _ => members.push(position),
            }
        }
        if dice.chance(500_000) {
            members.append(&mut joining);
        }
        if !joining.is_empty() {
            campaign.imports_open.insert(join_import());
        }
        CampaignSpec { tenant, campaign, members, joining, days, from_minute, to_minute }
    }

    fn acted(&self, calm: bool, dice: &mut Dice) -> Vec<(i64, Action)> {
        let mut actions = Vec::new();
        for (position, spec) in self.campaigns.iter().enumerate() {
            let started = dice.between(0, 60_000);
            actions.push((started, Action::Start(position)));
            if !spec.joining.is_empty() {
                actions.push((dice.between(0, 3 * HOUR), Action::Join(position)));
            }
            if calm {
                continue;
            }
            for _ in 0..dice.pick(&[0, 0, 1, 3]) {
                let paused =
                    started + dice.pick(&[5_000, MINUTE, HOUR, 8 * HOUR]) + dice.between(0, 10 * MINUTE);
                actions.push((paused, Action::Pause(position)));
                let resumed = paused + dice.pick(&[500, 30_000, HOUR]) + dice.between(0, MINUTE);
                actions.push((resumed, Action::Resume(position)));
            }
            if dice.chance(200_000) {
                actions.push((started + dice.pick(&[20_000, HOUR, 20 * HOUR]), Action::Stop(position)));
            }
        }
        if !calm {
            for position in 0..self.people.len() {
                if dice.chance(100_000) {
                    let at = dice.pick(&[0, MINUTE, 2 * HOUR, 20 * HOUR]) + dice.between(0, 30 * MINUTE);
                    actions.push((at, Action::Suppress(position)));
                }
            }
        }
        actions
    }
}

/// The import that brings those who join late.
pub(crate) fn join_import() -> ImportId {
    id("imp_late")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

fn phone(text: &str) -> E164 {
    text.parse().expect("a number")
}

fn tenant(number: i64, start: i64, calm: bool, dice: &mut Dice) -> Tenant {
    let cap = FrequencyCap {
        name: "house".to_owned(),
        count: u16::try_from(dice.between(1, 2)).ok().and_then(std::num::NonZeroU16::new).expect("not zero"),
        per: dice.pick(&["PT1H", "PT6H", "PT24H"]).parse().expect("a period"),
        channel: dice.pick(&[None, Some(Channel::Voice)]),
    };
    Tenant {
        id: id::<TenantId>(&format!("tenant{number}")),
        name: format!("Tenant {number}"),
        default_country: None,
        timezone: "UTC".to_owned(),
        frequency_caps: if !calm && dice.chance(600_000) { vec![cap] } else { Vec::new() },
        salt: format!("salt{number}"),
        created_at: time(start),
    }
}

fn person(number: usize, tenant: &Tenant, start: i64, dice: &mut Dice) -> Contact {
    let (country, subdivision, zones) = dice.pick(&PLACES);
    let phone = phone(&format!("+1303{number:07}"));
    let mut consents = vec![consent(start)];
    if dice.chance(40_000) {
        consents.clear();
    }
    Contact {
        id: ContactId::of_address(tenant.salt.as_bytes(), phone.as_str()),
        phone_given: phone.as_str().to_owned(),
        phone,
        place: Place { country: country.to_owned(), subdivision: subdivision.map(str::to_owned) },
        line_type: LineType::Mobile,
        zones: zones.iter().map(|&zone| zone.to_owned()).collect(),
        first_name: Some(format!("Person {number}")),
        last_name: None,
        company: None,
        email: None,
        locale: None,
        external_id: None,
        tags: BTreeSet::new(),
        custom: std::collections::BTreeMap::new(),
        consents,
        source: None,
        merged: BTreeSet::new(),
        created_at: time(start),
        updated_at: time(start),
    }
}

fn consent(start: i64) -> ConsentGiven {
    ConsentGiven {
        kind: Consent::AutomatedCallsInWriting,
        evidence: "form".to_owned(),
        at: time(start - HOUR),
    }
}

fn script(amd: AmdMode, dice: &mut Dice) -> CallScript {
    let text = |text: &str| text.parse().expect("a template");
    let menu = Menu {
        prompt: text("Press 1 to hear more, 9 never to be called again."),
        interest_key: '1'.try_into().expect("a key"),
        opt_out_key: '9'.try_into().expect("a key"),
        interested_reply: text("Thank you."),
        opted_out_reply: text("You will not be called again."),
        wait_seconds: 5,
        repeats: dice.pick(&[0, 1]),
        listens: false,
    };
    CallScript {
        language: "en-US".to_owned(),
        voice: None,
        greeting: text("Hello {{first_name|there}}."),
        menu: dice.chance(800_000).then_some(menu),
        goodbye: Some(text("Goodbye.")),
        voicemail: (amd == AmdMode::Sync).then(|| text("Please call us.")),
    }
}

fn retry(dice: &mut Dice) -> carillon_domain::retry::RetryPolicy {
    // Seconds make a planner look every few seconds as long as a call is in flight: what such a seed shows is worth its
    // time now and then.
    let waits = dice.pick(&[["PT5M", "PT40M", "PT3H"], ["PT5M", "PT40M", "PT3H"], ["PT3S", "PT40S", "PT5M"]]);
    let rule = |dice: &mut Dice| {
        serde_json::json!({"times": dice.between(1, 3), "after": dice.pick(&waits),
            "jitter_percent": dice.pick(&[0, 50]), "other_hour": dice.chance(150_000)})
    };
    let mut rules = serde_json::Map::new();
    for outcome in ["busy", "no_answer", "not_placed", "failed", "machine", "hung_up"] {
        if dice.chance(700_000) {
            rules.insert(outcome.to_owned(), rule(dice));
        }
    }
    let policy = serde_json::json!({"attempts_max": dice.between(1, 4), "rules": rules});
    serde_json::from_value(policy).expect("a policy")
}
