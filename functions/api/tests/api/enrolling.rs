//! Adding contacts to a campaign that ends at the same moment.

use std::sync::{Arc, OnceLock, Weak};

use carillon_domain::campaign::CampaignState;
use carillon_domain::enrollment::EnrollmentState;
use carillon_domain::ids::{CampaignId, EnrollmentRef};
use carillon_domain::outcome::EndReason;
use carillon_store::memory::{Faults, MemoryTable, Operation};
use carillon_store::port::{Key, Write};
use carillon_store::{StoreError, TenantTable};
use futures::FutureExt as _;
use serde_json::json;

use crate::rig::{Rig, SUPERVISOR};

/// Completes a campaign right before somebody is written into its roster, as a planner does that has read the roster
/// just before.
#[derive(Default)]
struct Completes {
    campaign: OnceLock<(Weak<MemoryTable>, CampaignId)>,
}

impl Faults for Completes {
    fn before(&self, operation: &Operation<'_>) -> Result<(), StoreError> {
        let writes: &[Write] = match operation {
            Operation::Write(write) => std::slice::from_ref(*write),
            Operation::Transact { writes, .. } => writes,
            Operation::Get { .. }
            | Operation::BatchGet { .. }
            | Operation::Query(_)
            | Operation::BatchWrite(_) => &[],
        };
        let joins = writes.iter().any(|write| {
            matches!(write, Write::Put { item, .. }
                if Key::of(item).is_some_and(|key| key.sk.starts_with("ROSTER#")))
        });
        let Some((table, id)) = self.campaign.get().filter(|_| joins) else { return Ok(()) };
        let (table, tenant) = (table.upgrade().unwrap(), Rig::tenant("acme"));
        let complete = async {
            let acme = TenantTable::new(table.as_ref(), &tenant);
            let mut campaign = acme.campaign(id).await?.unwrap();
            campaign.value.state = CampaignState::Completed;
            acme.save_campaign(&campaign).await
        };
        complete.now_or_never().expect("the table answers at once")
    }
}

#[tokio::test]
async fn who_comes_when_a_campaign_has_just_ended_is_refused_and_does_not_wait_in_it() {
    let completes = Arc::new(Completes::default());
    let rig = Rig::over(MemoryTable::new().with_faults(completes.clone())).furnished().await;
    let campaign = rig.ready().await;
    let started = rig.post(&SUPERVISOR, &format!("/v1/campaigns/{campaign}/start"), json!({})).await;
    assert_eq!(started.must(200).json()["state"], "running");
    let late = rig.contact("020 7946 0019").await;
    let id: CampaignId = campaign.parse().unwrap();
    assert!(completes.campaign.set((Arc::downgrade(&rig.table), id.clone())).is_ok());

    let path = format!("/v1/campaigns/{campaign}/enrollments");
    let refused = rig.post(&SUPERVISOR, &path, json!({"contacts": [late]})).await;
    assert_eq!(refused.must(409).problem(), "not-now");
    let tenant = Rig::tenant("acme");
    let enrolled = EnrollmentRef { tenant: tenant.clone(), campaign: id, contact: late.parse().unwrap() };
    let enrollment = rig.acme(&tenant).enrollment(&enrolled).await.unwrap().unwrap();
    assert!(matches!(enrollment.value.state, EnrollmentState::Ended { reason: EndReason::Withdrawn, .. }));
}
