//! Waves planned, with more and more contacts enrolled.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use carillon_domain::enrollment::{Enrollment, EnrollmentState};
use carillon_domain::ids::{CampaignId, ContactId, EnrollmentRef, TenantId};
use carillon_engine::runs::RunOrder;
use carillon_store::memory::MemoryTable;
use carillon_store::{Stored, Table, TenantTable};
use jiff::{SignedDuration, Timestamp};
use plan_wave::{Deps, Plan};

use crate::crowd::Crowd;
use crate::world::{self, CAMPAIGN, NOW, SALT, Sink, Still, TENANT, known};

/// As the API makes campaigns.
const SHARDS: u8 = 4;
/// A wave is six thousand calls: the median of so many is printed.
const WAVES: usize = 25;

/// With up to `largest` enrolled.
pub(crate) async fn run(largest: u64) -> Result<()> {
    println!(
        "Waves of 6,000 calls, the median of {WAVES}, on one core; the queue takes everything at once.\n"
    );
    println!("| enrolled | table | a wave ms | due contacts planned a second |");
    println!("|---|---|---|---|");
    for enrolled in [10_000, 100_000, 300_000].into_iter().filter(|enrolled| *enrolled <= largest) {
        let table = MemoryTable::new();
        world::found(&table, SHARDS).await?;
        enroll(&table, enrolled).await?;
        let _ = table.drain_changes();
        let table = Arc::new(table);
        let waves = waves(table.clone(), enrolled, || {
            let _ = table.drain_changes();
            Duration::ZERO
        });
        say(enrolled, "in memory", waves.await?);
    }
    for enrolled in
        [10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|enrolled| *enrolled <= largest)
    {
        let crowd = Crowd::new(enrolled, SHARDS);
        world::found(&crowd, SHARDS).await?;
        let crowd = Arc::new(crowd);
        let waves = waves(crowd.clone(), enrolled, || crowd.made_up());
        say(enrolled, "made up as it is read", waves.await?);
    }
    Ok(())
}

fn say(enrolled: u64, table: &str, mut waves: Vec<(Duration, u32)>) {
    waves.sort_unstable();
    let (took, calls) = waves[waves.len() / 2];
    let rate = f64::from(calls) / took.as_secs_f64();
    println!("| {enrolled} | {table} | {:.1} | {rate:.0} |", took.as_secs_f64() * 1_000.0);
}

async fn enroll(table: &dyn Table, count: u64) -> Result<()> {
    let (tenant, campaign): (TenantId, CampaignId) = (known(TENANT), known(CAMPAIGN));
    let plan = world::campaign(SHARDS);
    let acme = TenantTable::new(table, &tenant);
    for number in 0..count {
        let to = known(&format!("+49171{number:08}"));
        let contact = ContactId::of_address(SALT.as_bytes(), &format!("+49171{number:08}"));
        let enrollment = Enrollment {
            shard: plan.shard_of(&contact),
            id: EnrollmentRef { tenant: tenant.clone(), campaign: campaign.clone(), contact },
            state: EnrollmentState::Waiting { due: known(NOW) },
            priority: 5,
            to,
            place: carillon_domain::phone::Place { country: "DE".to_owned(), subdivision: None },
            zones: vec!["Europe/Berlin".to_owned()],
            consents: Vec::new(),
            history: Vec::new(),
            promised: None,
            for_agent: None,
            returned: false,
            source: None,
            last_verdict: None,
        };
        acme.save_enrollment(&Stored::new(enrollment)).await?;
    }
    Ok(())
}

/// Plans waves one after another, each when the one before is half called, and says how long each took and how many it
/// queued. `beside` is time that was the table's and none of the planner's, so far.
async fn waves(
    table: Arc<dyn Table>,
    enrolled: u64,
    beside: impl Fn() -> Duration,
) -> Result<Vec<(Duration, u32)>> {
    let order = RunOrder { tenant: known(TENANT), campaign: known(CAMPAIGN), run: 1, start_at: None };
    let mut now: Timestamp = known(NOW);
    let mut found = Vec::new();
    // A small campaign is over sooner.
    let most = usize::try_from(enrolled / 6_000).unwrap_or(WAVES).clamp(1, WAVES);
    while found.len() < most {
        let deps = Deps { table: table.clone(), dial: Arc::new(Sink), clock: Arc::new(Still(now)) };
        let (before, begun) = (beside(), Instant::now());
        let plan = plan_wave::handle(&deps, order.clone()).await?;
        let took = begun.elapsed().saturating_sub(beside() - before);
        match plan {
            Plan::Wait { wake_at, queued, .. } => {
                if queued > 0 {
                    found.push((took, queued));
                }
                now = wake_at.max(now + SignedDuration::from_secs(1));
            }
            Plan::Finish | Plan::Superseded => bail!("the campaign ended after {} waves", found.len()),
        }
    }
    Ok(found)
}
