//! Files on their way in: the import function of production and its state machine's retries, over tables and a bucket that
//! fail, with announcements that come twice, several files with the same people at once, users who take an import back, and
//! functions that die between any two effects.
//!
//! What must hold once nobody goes on any more is in `check.rs`, each promise with its number.

mod check;
mod files;
mod machine;
mod ports;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use carillon_domain::campaign::Campaign;
use carillon_domain::ids::{CampaignId, TenantId};
use carillon_domain::ports::Objects;
use carillon_domain::tenant::Tenant;
use carillon_intake::Counts;
use carillon_shell::fakes::MemoryObjects;
use carillon_store::memory::MemoryTable;
use carillon_store::port::Write;
use carillon_store::{Import, ImportState, Stored, TenantTable, Tenants, Vault};
use futures::FutureExt;
use import_fn::{Answer, Deps, Failed};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::files::File;
use self::machine::{Execution, Stage};
use self::ports::{Bucket, Starts};
use crate::Violation;
use crate::dice::Dice;
use crate::hub::time;
use crate::table::text;
use crate::turns::{Luck, Rates, Tasks, Turn, TurnTable, unconditional};

const TENANT: &str = "acme";
const BUCKET: &str = "bucket";
const START: i64 = 1_800_000_000_000;
/// Things happen within the first so many milliseconds.
const BUSY_TIME: i64 = 20_000;
/// A state machine waits at most so long before it tries again, milliseconds; it throws how long.
const WAIT_MAX: i64 = 60_000;
/// Nobody takes so many steps.
const STEPS_MAX: u64 = 100_000;
/// Whatever failed is taken up again so often once nothing goes wrong any more.
const ROUNDS_MAX: u32 = 3;

/// A bug on purpose, for the checker to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportMutant {
    /// The bucket forgets the last row of a file.
    LastRowsForgotten,
    /// Whoever goes on in the middle of a file gets it from its beginning.
    PlacesForgotten,
    /// Somebody is put into a campaign although they are in it.
    EnrollmentsUnconditional,
    /// A contact is written although it exists.
    ContactsUnconditional,
    /// The table takes every twentieth contact and keeps nothing.
    ContactsForgotten,
    /// What contacts are listed and found by is not always kept.
    EntriesForgotten,
    /// Pieces of the rejects file are empty now and then.
    RejectsForgotten,
    /// What an import has brought is not written down.
    PartsForgotten,
    /// A wish not to be called is not always kept.
    WishesForgotten,
    /// The state machine forgets that a function died.
    DeathsUnseen,
}

impl ImportMutant {
    /// All of them, each with the promise that catches it.
    pub const ALL: [(Self, u8); 10] = [
        (Self::LastRowsForgotten, check::ROWS_COUNTED),
        (Self::PlacesForgotten, check::ROWS_COUNTED),
        (Self::EnrollmentsUnconditional, check::ROWS_KEPT),
        (Self::ContactsUnconditional, check::ROWS_KEPT),
        (Self::ContactsForgotten, check::ROWS_KEPT),
        (Self::EntriesForgotten, check::ROWS_KEPT),
        (Self::RejectsForgotten, check::REFUSED_BACK),
        (Self::PartsForgotten, check::UNDONE_GONE),
        (Self::WishesForgotten, check::WISHES_KEPT),
        (Self::DeathsUnseen, check::IMPORTS_END),
    ];
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct ImportsOutcome {
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// Files that came.
    pub files: u64,
    /// What became of their rows.
    pub rows: Counts,
    /// Imports that were taken back.
    pub undone: u64,
    /// Executions of the state machine.
    pub executions: u64,
    /// Imports that somebody had to start again.
    pub restarted: u64,
    /// Faults, deaths of functions among them.
    pub faults: u64,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A file is put into the bucket.
    Arrive(usize),
    /// The bucket's event starts an execution.
    Announce(usize),
    /// An execution asks the function.
    Ask(usize),
    /// A user takes an import back.
    Undo(usize),
    /// A user thinks that reading has come to a standstill, and starts it again.
    Restart(usize),
}

struct World {
    turn: Turn,
    mutant: Option<ImportMutant>,
    table: Arc<MemoryTable>,
    vault: Arc<Vault>,
    objects: Arc<MemoryObjects>,
    tenant: TenantId,
    files: Vec<File>,
    campaigns: Vec<CampaignId>,
    rows_per_part: u64,
    agenda: BTreeMap<(i64, u64), Event>,
    noted: u64,
    tasks: Tasks<usize, Result<Answer, Failed>>,
    executions: Vec<Execution>,
    names: BTreeSet<String>,
    restarted: u64,
    violation: Option<Violation>,
}

/// Runs a seed.
#[must_use]
pub fn run(seed: u64, mutant: Option<ImportMutant>) -> ImportsOutcome {
    World::new(seed, mutant).run()
}

/// What the table in memory answers, which is at once.
fn at_once<T>(asked: impl Future<Output = T>) -> T {
    asked.now_or_never().expect("the table in memory answers at once")
}

impl World {
    fn new(seed: u64, mutant: Option<ImportMutant>) -> Self {
        let mut dice = Dice::new(seed, "imports");
        let rates = Rates::thrown(&mut dice);
        let campaigns: Vec<CampaignId> = ["cmp_1", "cmp_2"].map(|id| id.parse().expect("an id")).into();
        let count = usize::try_from(dice.between(1, 4)).unwrap_or(1);
        let files: Vec<File> = (0..count).map(|number| File::thrown(&mut dice, number, &campaigns)).collect();
        let rows_per_part = dice.pick(&[7, 20, 50]);
        let turn = Turn::new(dice, START, rates);
        let keys = TurnTable { turn: turn.clone(), table: Arc::default(), spoil: spoiled(mutant) };
        let mut world = Self {
            mutant,
            table: Arc::new(MemoryTable::new()),
            vault: Arc::new(Vault::in_memory(Arc::new(keys), Arc::default())),
            objects: Arc::default(),
            tenant: TENANT.parse().expect("an id"),
            files,
            campaigns,
            rows_per_part,
            agenda: BTreeMap::new(),
            noted: 0,
            tasks: Tasks::new(&turn),
            executions: Vec::new(),
            names: BTreeSet::new(),
            restarted: 0,
            violation: None,
            turn,
        };
        world.populate();
        world
    }

    fn populate(&mut self) {
        at_once(async {
            Tenants::new(self.table.as_ref()).create(tenant()).await?;
            for (id, state) in self.campaigns.iter().zip(["draft", "running"]) {
                self.tenant_table().save_campaign(&Stored::new(campaign(id, state))).await?;
            }
            for file in self.files.iter().filter(|file| !file.dropped) {
                self.tenant_table().save_import(&Stored::new(asked_for(file))).await?;
            }
            Ok::<(), carillon_store::StoreError>(())
        })
        .expect("an empty table takes everything");
        for file in 0..self.files.len() {
            let at = self.turn.lock().dice.between(0, BUSY_TIME / 2);
            self.after(at, Event::Arrive(file));
            if self.turn.lock().dice.chance(400_000) {
                let at = self.turn.lock().dice.between(0, BUSY_TIME);
                self.after(at, Event::Undo(file));
            }
        }
    }

    fn tenant_table(&self) -> TenantTable<'_> {
        TenantTable::new(self.table.as_ref(), &self.tenant)
    }

    fn after(&mut self, milliseconds: i64, event: Event) {
        self.noted += 1;
        let at = self.turn.lock().now + milliseconds;
        self.agenda.insert((at, self.noted), event);
    }

    fn run(mut self) -> ImportsOutcome {
        let mut rounds = 0;
        let mut steps = 0;
        loop {
            steps += 1;
            if steps > STEPS_MAX {
                self.violate(check::IMPORTS_END, format!("{} executions do not end", self.executions.len()));
            } else if let Some(event) = self.due() {
                self.happen(event);
            } else if !self.tasks.is_empty() {
                self.step();
            } else if rounds < ROUNDS_MAX {
                // Whoever looks now sees that nothing goes wrong any more, and takes up what was left.
                rounds += 1;
                self.turn.lock().hostile = false;
                self.take_up();
            } else {
                break;
            }
            if self.violation.is_some() {
                break;
            }
        }
        if self.violation.is_none() {
            self.finale();
        }
        self.outcome()
    }

    /// What is due by now; with nobody at work, what is due next.
    fn due(&mut self) -> Option<Event> {
        let (at, _) = *self.agenda.first_key_value()?.0;
        let mut luck = self.turn.lock();
        if self.tasks.is_empty() {
            luck.now = luck.now.max(at);
        }
        let due = at <= luck.now;
        drop(luck);
        due.then(|| self.agenda.pop_first().map(|(_, event)| event)).flatten()
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive(file) => {
                let (key, text) = (self.files[file].key.clone(), self.files[file].text());
                at_once(self.objects.put(&key, text.into_bytes(), "text/csv")).expect("there is room");
                let twice = self.turn.lock().strikes("file announced twice", 300_000);
                for _ in 0..1 + usize::from(twice) {
                    let late = self.turn.lock().dice.between(0, 2_000);
                    self.after(late, Event::Announce(file));
                }
                if self.turn.lock().dice.chance(400_000) {
                    let soon = self.turn.lock().dice.between(0, 4_000);
                    self.after(soon, Event::Restart(file));
                }
            }
            Event::Announce(file) => {
                let name = format!("event-{}", self.executions.len());
                let detail = json!({"bucket": {"name": BUCKET},
                    "object": {"key": self.files[file].key, "version-id": "1"}});
                self.start(name, json!({"detail": detail}));
            }
            Event::Ask(execution) => {
                let request = serde_json::from_value(self.executions[execution].payload());
                let (deps, request) = (self.deps(), request.expect("a request"));
                self.tasks.spawn(execution, async move { import_fn::handle(&deps, request).await });
            }
            Event::Undo(file) => self.undo(file),
            Event::Restart(file) => {
                // Two who take back the same import at once could each take the other's contact for the one that they have
                // read, if it was made anew in between; here nobody relieves an undo that is at work.
                if let Some(import) = self.import(file)
                    && import.value.state != ImportState::Undoing
                    && may_go_on(import.value.state)
                {
                    self.start_again(&import);
                }
            }
        }
    }

    fn start(&mut self, name: String, input: serde_json::Value) {
        if self.names.insert(name.clone()) {
            self.executions.push(Execution::new(name, input));
            self.after(0, Event::Ask(self.executions.len() - 1));
        }
    }

    fn deps(&self) -> Deps {
        let turn = self.turn.clone();
        Deps {
            table: Arc::new(TurnTable {
                turn: turn.clone(),
                table: Arc::clone(&self.table),
                spoil: spoiled(self.mutant),
            }),
            vault: Arc::clone(&self.vault),
            objects: Arc::new(Bucket {
                turn: turn.clone(),
                objects: Arc::clone(&self.objects),
                mutant: self.mutant,
            }),
            launcher: Arc::new(Starts(turn.clone())),
            clock: Arc::new(turn),
            time_per_step: SignedDuration::from_millis(200),
            rows_per_part: self.rows_per_part,
        }
    }

    /// Somebody goes on, and time with them.
    fn step(&mut self) {
        {
            let mut luck = self.turn.lock();
            luck.now += luck.dice.between(0, 4);
        }
        let Some((execution, said)) = self.tasks.step() else { return };
        if said.is_none() && self.mutant == Some(ImportMutant::DeathsUnseen) {
            return;
        }
        if self.executions[execution].go_on(said) {
            let wait = self.turn.lock().dice.between(0, WAIT_MAX);
            // Only what is tried again waits.
            let wait = if self.executions[execution].tries_again() { wait } else { 0 };
            self.after(wait, Event::Ask(execution));
        }
    }

    fn import(&self, file: usize) -> Option<Stored<Import>> {
        at_once(self.tenant_table().import(&self.files[file].import)).expect("the table is readable")
    }

    /// As the API does it. Whoever relieves a reader that is still at work and takes the import back in the same breath may
    /// leave what that reader is writing just then; these users wait until nobody is at it.
    fn undo(&mut self, file: usize) {
        let id = self.files[file].import.as_str().to_owned();
        if self.executions.iter().any(|execution| execution.stage != Stage::Over && execution.is_about(&id)) {
            return self.after(WAIT_MAX, Event::Undo(file));
        }
        let Some(mut import) = self.import(file) else { return };
        let over = matches!(import.value.state, ImportState::Completed | ImportState::Failed);
        if !over || import.value.options.dry_run {
            return;
        }
        import.value.state = ImportState::Undoing;
        import.value.execution = None;
        import.value.ended_at = None;
        at_once(self.tenant_table().save_import(&import)).expect("nobody else changes it");
        import.version += 1;
        self.start_again(&import);
    }

    fn start_again(&mut self, import: &Stored<Import>) {
        let name = format!("{}-{}", import.value.id, import.version);
        self.start(name, json!({"tenant": TENANT, "import_id": import.value.id}));
    }

    /// Users look at their imports: what failed is started again, and what was half taken back, too.
    fn take_up(&mut self) {
        for file in 0..self.files.len() {
            let Some(import) = self.import(file) else { continue };
            if may_go_on(import.value.state) {
                self.restarted += 1;
                self.start_again(&import);
            }
        }
    }

    fn violate(&mut self, promise: u8, what: String) {
        self.violation.get_or_insert(Violation { invariant: promise, what });
    }

    fn outcome(self) -> ImportsOutcome {
        let mut rows = Counts::default();
        let mut undone = 0;
        for file in 0..self.files.len() {
            let Some(import) = self.import(file) else { continue };
            rows += import.value.counts;
            undone += u64::from(import.value.state == ImportState::Undone);
        }
        ImportsOutcome {
            files: self.files.len() as u64,
            rows,
            undone,
            executions: self.executions.len() as u64,
            restarted: self.restarted,
            faults: self.turn.lock().faults.values().sum(),
            violation: self.violation,
        }
    }
}

/// Whether the API lets an import be started again.
fn may_go_on(state: ImportState) -> bool {
    matches!(state, ImportState::Failed | ImportState::Reading | ImportState::Undoing)
}

fn tenant() -> Tenant {
    let tenant = json!({"id": TENANT, "name": "Acme", "default_country": "US", "timezone": "America/New_York",
        "salt": "salt", "created_at": time(START)});
    serde_json::from_value(tenant).expect("a tenant")
}

fn campaign(id: &CampaignId, state: &str) -> Campaign {
    let campaign = json!({"id": id, "state": state, "shards": 2, "run": 1, "created_at": time(START), "plan": {
        "name": "Autumn", "purpose": "informational", "timezone": "America/New_York",
        "caller_ids": ["+12125550100"], "window": {"mon": [["09:00", "20:00"]]},
        "retry": {"attempts_max": 1, "rules": {}}, "pace": {"calls_per_second": 1, "wave_seconds": 60},
        "script": {"language": "en-US", "greeting": "Hello.", "menu": {"prompt": "Press 9 to opt out.",
            "interested_reply": "Thank you.", "opted_out_reply": "We will not call again.", "repeats": 1}},
    }});
    serde_json::from_value(campaign).expect("a campaign")
}

/// An import as the API makes it before its file is there.
fn asked_for(file: &File) -> Import {
    Import {
        id: file.import.clone(),
        state: ImportState::AwaitingUpload,
        file_name: "people.csv".to_owned(),
        key: file.key.clone(),
        size: 0,
        etag: None,
        options: file.options.clone(),
        plan: None,
        cursor: None,
        counts: Counts::default(),
        parts: 0,
        parts_with_rejects: Vec::new(),
        execution: None,
        failure: None,
        created_by: "usr_1".to_owned(),
        created_at: Timestamp::from_millisecond(START).expect("a time"),
        started_at: None,
        ended_at: None,
    }
}

/// What a mutant does to a write; whether the write happens.
fn spoiled(mutant: Option<ImportMutant>) -> fn(&mut Luck, &mut Write) -> bool {
    use ImportMutant as M;
    fn put(write: &Write) -> (&str, &str) {
        if let Write::Put { item, .. } = write { (text(item, "pk"), text(item, "sk")) } else { ("", "") }
    }
    match mutant {
        None | Some(M::RejectsForgotten | M::DeathsUnseen | M::LastRowsForgotten | M::PlacesForgotten) => {
            |_, _| true
        }
        Some(M::EnrollmentsUnconditional) => |_, write| {
            if put(write).1.starts_with("E#") {
                unconditional(write);
            }
            true
        },
        Some(M::ContactsUnconditional) => |_, write| {
            if put(write).1 == "CONTACT" {
                unconditional(write);
            }
            true
        },
        Some(M::ContactsForgotten) => |luck, write| !(put(write).1 == "CONTACT" && luck.dice.chance(50_000)),
        Some(M::EntriesForgotten) => {
            |luck, write| !(put(write).0.contains("#contacts#") && luck.dice.chance(50_000))
        }
        Some(M::PartsForgotten) => |_, write| !put(write).1.starts_with("PART#"),
        Some(M::WishesForgotten) => {
            |luck, write| !(put(write).0.contains("#S#") && luck.dice.chance(200_000))
        }
    }
}
