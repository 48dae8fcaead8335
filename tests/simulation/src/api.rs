//! Users: what they have prepared, and what they do while their campaigns run. The order of loading, deciding and
//! saving is the API function's.

use carillon_domain::campaign::{Campaign, Command, transition};
use carillon_domain::compliance::SuppressionReason;
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{EnrollmentRef, ImportId};
use carillon_domain::suppression::{Scope, Suppression};
use carillon_engine::clock::Clock;
use carillon_engine::runs::{RunError, start_run};
use carillon_store::memory::MemoryTable;
use carillon_store::{StoreError, Stored, TenantTable, Tenants, Vault};
use futures::FutureExt;
use jiff::Timestamp;

use crate::exec::Sleep;
use crate::hub::{Ctx, time};
use crate::machine::SimLauncher;
use crate::scenario::{Action, CampaignSpec, Scenario, join_import};
use crate::table::SimTable;

/// How many contacts one part of an import holds.
const PART: usize = 1_000;

/// Writes down what is there before anything starts.
pub(crate) fn populate(table: &MemoryTable, vault: &Vault, scenario: &Scenario) {
    let work = async {
        for tenant in &scenario.tenants {
            Tenants::new(table).create(tenant.clone()).await?;
        }
        for (person, owner) in scenario.people.iter().zip(&scenario.owners) {
            let tenant = &scenario.tenants[*owner].id;
            TenantTable::new(table, tenant)
                .with_vault(vault)
                .save_contact(&Stored::new(person.clone()))
                .await?;
        }
        for spec in &scenario.campaigns {
            let tenant = TenantTable::new(table, &scenario.tenants[spec.tenant].id);
            tenant.save_campaign(&Stored::new(spec.campaign.clone())).await?;
            let import: ImportId = "imp_first".parse().expect("an id");
            for (part, members) in (0..).zip(spec.members.chunks(PART)) {
                enroll(&tenant, scenario, spec, members, &import, part, time(scenario.start)).await?;
            }
        }
        Ok::<(), StoreError>(())
    };
    work.now_or_never().expect("the table answers at once").expect("an empty table takes everything");
}

async fn enroll(
    tenant: &TenantTable<'_>,
    scenario: &Scenario,
    spec: &CampaignSpec,
    members: &[usize],
    import: &ImportId,
    part: u32,
    now: Timestamp,
) -> Result<(), StoreError> {
    for position in members {
        let enrollment = enrollment(scenario, spec, *position, now);
        match tenant.save_enrollment(&Stored::new(enrollment)).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    let contacts = members.iter().map(|position| scenario.people[*position].id.clone()).collect();
    tenant.save_roster(&spec.campaign.id, import, part, contacts).await
}

fn enrollment(scenario: &Scenario, spec: &CampaignSpec, position: usize, now: Timestamp) -> Enrollment {
    let person = &scenario.people[position];
    Enrollment {
        id: EnrollmentRef {
            tenant: scenario.tenants[spec.tenant].id.clone(),
            campaign: spec.campaign.id.clone(),
            contact: person.id.clone(),
        },
        state: EnrollmentState::Waiting { due: now },
        shard: spec.campaign.shard_of(&person.id),
        priority: u8::try_from(position % 10).unwrap_or(0),
        to: person.phone.clone(),
        place: person.place.clone(),
        zones: person.zones.clone(),
        consents: person.consents.clone(),
        history: Vec::new(),
        source: None,
        promised: None,
        for_agent: None,
        returned: false,
        last_verdict: None,
    }
}

/// What is to be said of an error: try again, or give up.
enum Trouble {
    Again,
    Pointless,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict | StoreError::Busy(_) => Self::Again,
            StoreError::Refused(..) | StoreError::Malformed { .. } => Self::Pointless,
        }
    }
}

/// Does it, as often as it takes.
pub(crate) async fn act(ctx: &Ctx, scenario: &Scenario, action: Action) {
    loop {
        let done = match action {
            Action::Start(campaign) => command(ctx, scenario, campaign, Command::Start).await,
            Action::Pause(campaign) => command(ctx, scenario, campaign, Command::Pause).await,
            Action::Resume(campaign) => command(ctx, scenario, campaign, Command::Resume).await,
            Action::Stop(campaign) => command(ctx, scenario, campaign, Command::Stop).await,
            Action::Suppress(person) => suppress(ctx, scenario, person).await,
            Action::Join(campaign) => join(ctx, scenario, &scenario.campaigns[campaign]).await,
        };
        match done {
            Ok(()) | Err(Trouble::Pointless) => return,
            Err(Trouble::Again) => Sleep::new(ctx.hub.clone(), 700).await,
        }
    }
}

async fn load(table: &TenantTable<'_>, spec: &CampaignSpec) -> Result<Stored<Campaign>, Trouble> {
    table.campaign(&spec.campaign.id).await?.ok_or(Trouble::Pointless)
}

async fn command(ctx: &Ctx, scenario: &Scenario, campaign: usize, command: Command) -> Result<(), Trouble> {
    let spec = &scenario.campaigns[campaign];
    let (table, tenant) = (SimTable(ctx.clone()), &scenario.tenants[spec.tenant].id);
    let now = ctx.now();
    let mut campaign = load(&TenantTable::new(&table, tenant), spec).await?;
    let start_at = campaign.value.plan.start_at;
    let state = transition(campaign.value.state, command, start_at, now).map_err(|_| Trouble::Pointless)?;
    campaign.value.state = state;
    if !state.is_active() {
        return Ok(TenantTable::new(&table, tenant).save_campaign(&campaign).await?);
    }
    let launcher = SimLauncher(ctx.clone());
    match start_run(&table, &launcher, tenant, &mut campaign, now).await {
        // `reconcile` finds that nobody plans it.
        Ok(()) | Err(RunError::Launch(_)) => Ok(()),
        Err(RunError::Store(error)) => Err(error.into()),
    }
}

async fn suppress(ctx: &Ctx, scenario: &Scenario, person: usize) -> Result<(), Trouble> {
    let table = SimTable(ctx.clone());
    let suppression = Suppression {
        address: scenario.people[person].phone.as_str().to_owned(),
        scope: if person.is_multiple_of(2) { Scope::Voice } else { Scope::All },
        reason: SuppressionReason::DoNotCall,
        source: "a user".to_owned(),
        added_at: ctx.now(),
    };
    let tenant = &scenario.tenants[scenario.owners[person]].id;
    Ok(TenantTable::new(&table, tenant).suppress(&suppression).await?)
}

/// An import's last part, and its end.
async fn join(ctx: &Ctx, scenario: &Scenario, spec: &CampaignSpec) -> Result<(), Trouble> {
    let table = SimTable(ctx.clone());
    let tenant = TenantTable::new(&table, &scenario.tenants[spec.tenant].id);
    enroll(&tenant, scenario, spec, &spec.joining, &join_import(), 0, ctx.now()).await?;
    let mut campaign = load(&tenant, spec).await?;
    if campaign.value.imports_open.remove(&join_import()) {
        tenant.save_campaign(&campaign).await?;
    }
    Ok(())
}
